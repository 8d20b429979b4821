"""What users do with their notifications: read them in the order of arrival, acknowledge them."""
