"""The event, as the layers below the endpoints see it."""

import json
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import Any, Final, NewType
from uuid import UUID, uuid5

import uuid_utils.compat

from calendar_api.values import durations

JsonText = NewType("JsonText", str)
"""A JSON text. Equal values are equal texts."""

INTERNAL: Final = {"internal": True}
"""The metadata of a field that the API does not return."""

_IDEMPOTENCY: Final = UUID("d0f5b1c4-92f1-5c0b-8f0e-6f2b7f0a4c1d")
"""Namespace of the IDs of events that were created with an idempotency key. It must not change."""


@dataclass(frozen=True, slots=True)
class EventKey:
    """An event's ID is unique for its user only."""

    user_id: str
    event_id: UUID


@dataclass(frozen=True, slots=True)
class EventFields:
    """What a user says about an event, with everything worked out that follows from it.

    This is the one list of an event's columns: statements and JSON follow from it. Members that
    are objects or arrays are JSON texts, as the API returns them.
    """

    title: str
    description: str | None
    starts_at: datetime
    """Of a series: of its start. Of an event that lasts all day: midnight."""
    ends_at: datetime
    """Of a series: when its last occurrence ends."""
    notify_before: timedelta | None
    """The longest lead time."""
    location: str | None = None
    busy: bool | None = None
    reminders: JsonText | None = None
    """All lead times, where there are several."""
    time_zone: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    recurrence: JsonText | None = None
    overrides: JsonText | None = None
    """The changed occurrences, by their recurrence IDs."""
    local_start: datetime | None = field(default=None, metadata=INTERNAL)
    """The start's wall time in the time zone."""
    moved: JsonText | None = field(default=None, metadata=INTERNAL)
    """The wall times of changed occurrences with another start, by their recurrence IDs."""
    last_day: date | None = field(default=None, metadata=INTERNAL)
    """COUNT or UNTIL as the day of the last occurrence."""
    first_ends_at: datetime | None = field(default=None, metadata=INTERNAL)
    """Of a series: when its first occurrence ends."""

    @property
    def ends_first_at(self) -> datetime:
        """When the event ends, or the first occurrence of a series."""
        return self.first_ends_at or self.ends_at

    @property
    def leads(self) -> tuple[timedelta, ...]:
        """All lead times. A day is 24 hours."""
        if self.reminders is not None:
            return tuple(durations.signed(text) for text in json.loads(self.reminders))
        return () if self.notify_before is None else (self.notify_before,)


FIELDS: Final = tuple(each.name for each in fields(EventFields))
"""The names of the fields, in the order in which statements take their values."""

ALONE: Final = ("title", "description", "location", "busy")
"""The fields that nothing else follows from. A single occurrence may have values of its own."""

values_of: Final = attrgetter(*FIELDS)
"""The values of an event's fields, in that order."""


def fields_of_row(row: Any) -> EventFields:
    """The fields of a row that has all columns."""
    return EventFields(**{name: row[name] for name in FIELDS})


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event in the database: its revision, and its JSON as the API returns it."""

    revision: str
    """Names this state of the event, and never another one, not even after the event was deleted
    and created again with the same ID (docs/adr/0014)."""

    document: bytes


@dataclass(frozen=True, slots=True)
class LockedEvent:
    """An event that only this transaction can change."""

    now: datetime
    """The database's time."""

    revision: str
    fields: EventFields


def new_event_id(user_id: str, idempotency_key: str | None = None) -> UUID:
    """An ID for an event whose user has not chosen one; with a key, always the same one."""
    if idempotency_key is None:
        return uuid_utils.compat.uuid7()
    return uuid5(_IDEMPOTENCY, f"{user_id}\n{idempotency_key}")
