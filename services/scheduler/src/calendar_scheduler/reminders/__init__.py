"""Reminders: publishes those that are due and measures those that wait."""
