"""Retention: deletes notifications that were stored long ago."""
