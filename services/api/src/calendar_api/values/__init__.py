"""Types of the values that a client sends: their rules, errors and JSON schemas."""
