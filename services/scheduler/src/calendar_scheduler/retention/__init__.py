"""Retention: deletes events that ended long ago."""
