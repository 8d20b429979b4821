"""A due reminder, and the Kafka message that it becomes."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from pydantic import ValidationError

from calendar_contracts import Notification, notification_id
from calendar_scheduler.errors import Unpublishable


class Reminder(NamedTuple):
    """A locked row of `reminders`, with the current title of its event or occurrence."""

    user_id: str
    event_id: UUID
    recurrence_id: str | None
    """Which occurrence of a series it is about."""
    title: str | None
    """`None` if the changed occurrences of the series cannot be read."""
    starts_at: datetime
    """Of the event or occurrence."""
    due_at: datetime
    attempts: int
    """How many times it was refused before."""
    waited: float
    """Seconds from when it could be sent at the earliest until it was claimed."""
    has_next: bool
    """Whether the row has another reminder, to be sent after this one."""

    @property
    def notification_id(self) -> UUID:
        """The same each time this reminder is sent."""
        return notification_id(
            user_id=self.user_id,
            event_id=self.event_id,
            starts_at=self.starts_at,
            lead=self.starts_at - self.due_at,
        )


class Message(NamedTuple):
    """A reminder, encoded as a Kafka record."""

    reminder: Reminder
    key: bytes
    value: bytes


class Refusal(NamedTuple):
    """A reminder that cannot be published as it is, and the reason."""

    reminder: Reminder
    reason: str


@dataclass(frozen=True, slots=True)
class PublishResult:
    """What Kafka answered. Messages that are in neither list may or may not have been sent."""

    acknowledged: list[Reminder]
    refused: list[Refusal]
    outage: str | None
    """The error of the broker as a whole, if there was one."""


@dataclass(frozen=True, slots=True)
class Retry:
    """When a refused reminder is tried again."""

    refusal: Refusal
    attempts: int
    delay: float
    """Seconds until the next attempt."""
    is_parked: bool


def encode(reminder: Reminder) -> Message:
    """Encode a reminder as a notification.

    Raises:
        Unpublishable: the reminder does not make a valid notification.
    """
    if reminder.title is None:
        raise Unpublishable("overrides: cannot be read")
    try:
        notification = Notification(
            notification_id=reminder.notification_id,
            event_id=reminder.event_id,
            title=reminder.title,
            event_date=reminder.starts_at,
            user_id=reminder.user_id,
            notify_at=reminder.due_at,
            recurrence_id=reminder.recurrence_id,
        )
    except ValidationError as error:
        # Without the input: it may be megabytes, and it is the user's own.
        first = error.errors(include_input=False, include_url=False)[0]
        raise Unpublishable(f"{first['loc'][0]}: {first['msg']}") from None
    return Message(reminder, reminder.user_id.encode(), notification.encode())
