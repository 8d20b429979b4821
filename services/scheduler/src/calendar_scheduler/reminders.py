"""A reminder that is due, and the notification that it becomes."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from pydantic import ValidationError

from calendar_contracts import Notification
from calendar_scheduler.errors import Unpublishable


class Reminder(NamedTuple):
    """A locked row of `reminders`, with what its event says now."""

    user_id: str
    event_id: UUID
    notification_id: UUID
    due_at: datetime
    attempts: int
    """How often it was refused before."""
    waited: float
    """Seconds between when it could be sent at the earliest and when it was claimed."""
    title: str
    starts_at: datetime


class Message(NamedTuple):
    """A reminder as it travels."""

    reminder: Reminder
    key: bytes
    value: bytes


class Refusal(NamedTuple):
    """A reminder that cannot be published as it is, and why."""

    reminder: Reminder
    reason: str


def encode(reminder: Reminder) -> Message:
    """The Kafka record of a reminder.

    Raises:
        Unpublishable: it makes no valid notification.
    """
    try:
        notification = Notification(
            notification_id=reminder.notification_id,
            event_id=reminder.event_id,
            title=reminder.title,
            event_date=reminder.starts_at,
            user_id=reminder.user_id,
            notify_at=reminder.due_at,
        )
    except ValidationError as error:
        # Without the input: it may be megabytes, and it is the user's own.
        first = error.errors(include_input=False, include_url=False)[0]
        raise Unpublishable(f"{first['loc'][0]}: {first['msg']}") from None
    return Message(reminder, reminder.user_id.encode(), notification.encode())
