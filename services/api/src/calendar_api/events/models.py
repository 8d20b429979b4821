"""The event and its reminder, as the layers below the endpoints see them."""

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

import uuid_utils.compat

NAMESPACE: Final = UUID("5b0c9d6e-6a0d-5d3c-9a53-0a3f3f6f0c11")
"""Namespace of all notification IDs. It must never change: a notification that is sent a second
time, after a crash for example, is recognized by its ID."""


_IDEMPOTENCY: Final = UUID("d0f5b1c4-92f1-5c0b-8f0e-6f2b7f0a4c1d")
"""Namespace of the IDs of events that were created with an idempotency key. It must not change."""


@dataclass(frozen=True, slots=True)
class EventKey:
    """An event's ID is unique for its user only."""

    user_id: str
    event_id: UUID


@dataclass(frozen=True, slots=True)
class EventFields:
    """What a user says about an event, with the end worked out.

    This is the one list of an event's columns: statements and JSON follow from it.
    """

    title: str
    description: str | None
    starts_at: datetime
    ends_at: datetime
    notify_before: timedelta | None
    location: str | None = None
    busy: bool | None = None

    def has_schedule_of(self, other: "EventFields") -> bool:
        """Whether both have the same start and lead time."""
        return (self.starts_at, self.notify_before) == (other.starts_at, other.notify_before)


FIELDS: Final = tuple(field.name for field in fields(EventFields))
"""The names of the fields, in the order in which statements take their values."""


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event in the database: its revision, and its JSON as the API returns it."""

    revision: str
    """Names this state of the event, and never another one, not even after the event was deleted
    and created again with the same ID (docs/adr/0014)."""

    document: bytes


def new_event_id(user_id: str, idempotency_key: str | None = None) -> UUID:
    """An ID for an event whose user has not chosen one; with a key, always the same one."""
    if idempotency_key is None:
        return uuid_utils.compat.uuid7()
    return uuid5(_IDEMPOTENCY, f"{user_id}\n{idempotency_key}")


@dataclass(frozen=True, slots=True)
class Reminder:
    """A notification that becomes due at `due_at`."""

    notification_id: UUID
    due_at: datetime


def reminder(key: EventKey, event: EventFields) -> Reminder | None:
    """The event's reminder, if it has one. A day of lead time is 24 hours.

    The ID depends on user, event, start and lead time only, so that an event that is moved away
    and back has the same notification.
    """
    if event.notify_before is None:
        return None
    name = "\n".join(
        (
            key.user_id,
            str(key.event_id),
            event.starts_at.isoformat(timespec="microseconds"),
            str(event.notify_before // timedelta(microseconds=1)),
        )
    )
    return Reminder(uuid5(NAMESPACE, name), event.starts_at - event.notify_before)
