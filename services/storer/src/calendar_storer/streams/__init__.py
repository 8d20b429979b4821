"""Notifications as they arrive, sent to clients that keep a connection open."""
