"""Other implementations of the same API."""
