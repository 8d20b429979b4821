"""The event and its reminder, as the service and the database know them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

NAMESPACE: Final = UUID("5b0c9d6e-6a0d-5d3c-9a53-0a3f3f6f0c11")
"""Of all notification IDs. Changing it would send every pending reminder's repeat a second time."""


@dataclass(frozen=True, slots=True)
class EventKey:
    """Whose event, and which."""

    user_id: str
    event_id: UUID


@dataclass(frozen=True, slots=True)
class Content:
    """What a user says of an event."""

    title: str
    description: str | None
    starts_at: datetime
    ends_at: datetime
    notify_before: timedelta | None

    def has_schedule_of(self, other: "Content") -> bool:
        """Whether both remind at the same time of the same start."""
        return (self.starts_at, self.notify_before) == (other.starts_at, other.notify_before)


@dataclass(frozen=True, slots=True)
class Stored:
    """An event as it is in the database: its version, and its JSON as the API answers it."""

    version: int
    document: bytes


@dataclass(frozen=True, slots=True)
class Reminder:
    """That the user is to be notified at `due_at`."""

    notification_id: UUID
    due_at: datetime


def reminder(key: EventKey, content: Content) -> Reminder | None:
    """The reminder that this content asks for. A day of lead time is 24 hours.

    Its ID is made of user, event, start and lead time: what is moved away and back is the same
    notification. The user belongs to it, because an event's ID is unique for its user only.
    """
    if content.notify_before is None:
        return None
    name = "\n".join(
        (
            key.user_id,
            str(key.event_id),
            content.starts_at.isoformat(timespec="microseconds"),
            str(content.notify_before // timedelta(microseconds=1)),
        )
    )
    return Reminder(uuid5(NAMESPACE, name), content.starts_at - content.notify_before)
