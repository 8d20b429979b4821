"""Notifications: from records of the topic to rows of the table."""
