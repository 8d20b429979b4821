"""Names of the Kafka topics."""

from typing import Final

NOTIFICATIONS: Final = "calendar.notifications"
"""From the Scheduler to the Storer; the key is the user ID, the value a `Notification` as JSON."""


def dead_letter_topic(topic: str) -> str:
    """The topic that takes, unchanged, what could not be read from `topic`."""
    return f"{topic}.dlq"
