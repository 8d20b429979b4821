"""Kafka topic names."""

from typing import Final

NOTIFICATIONS: Final = "calendar.notifications"
"""From the Scheduler to the Storer; the key is the user ID, the value a `Notification` as JSON."""


def dead_letter_topic(topic: str) -> str:
    """Returns the topic for the unreadable records of `topic`, which are copied unchanged."""
    return f"{topic}.dlq"
