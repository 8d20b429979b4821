"""Single occurrences of a series."""
