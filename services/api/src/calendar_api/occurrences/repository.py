"""Writes and reads single occurrences and parts of series, in transactions of their own."""

from collections.abc import Callable
from dataclasses import dataclass

from calendar_api.database.pool import Connection
from calendar_api.errors import (
    EventConflict,
    EventNotFound,
    MemberInvalid,
    OccurrenceNotFound,
    VersionMismatch,
)
from calendar_api.events import statements, writing
from calendar_api.events.models import EventFields, EventKey, StoredEvent
from calendar_api.events.replanning import sent_so_far
from calendar_api.events.repository import EventRepository, Precondition
from calendar_api.events.writing import CreateResult
from calendar_api.occurrences import series_changes
from calendar_api.recurrence.wall_time import LocalTime

Change = Callable[[EventFields], EventFields]


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Where a series is split, and what its later part becomes: an event with a new ID."""

    at: LocalTime
    new: EventKey
    change: Change


class OccurrenceRepository:
    """Series in the tables `events`, `schedules` and `reminders`.

    All methods raise `EventNotFound` and `OccurrenceNotFound`, and VersionMismatch by their
    `precondition`.
    """

    def __init__(self, events: EventRepository) -> None:
        self._events = events

    async def read(self, key: EventKey) -> tuple[EventFields, StoredEvent]:
        """A series."""
        return await self._events.read(key)

    async def change(
        self,
        key: EventKey,
        recurrence_id: LocalTime,
        change: Change,
        *,
        precondition: Precondition,
    ) -> tuple[EventFields, StoredEvent]:
        """Changes a series that has an occurrence with that ID."""

        async def work(connection: Connection) -> tuple[EventFields, StoredEvent]:
            before = await writing.lock(connection, key)
            series_changes.find(before.fields, recurrence_id)
            precondition(before.revision)
            after = change(before.fields)
            return after, await writing.update(connection, key, before, after)

        return await self._events.write(work)

    async def delete_from(
        self, key: EventKey, at: LocalTime, *, precondition: Precondition
    ) -> None:
        """Ends a series before an occurrence. Deletes it if nothing is left."""

        async def work(connection: Connection) -> None:
            locked = await writing.lock(connection, key)
            before, _ = series_changes.split(locked.fields, at)
            precondition(locked.revision)
            if before is None:
                await writing.delete(connection, key)
            else:
                await writing.update(connection, key, locked, before)

        await self._events.write(work)

    async def split(
        self, key: EventKey, split: Split, *, precondition: Precondition
    ) -> CreateResult:
        """Ends a series before an occurrence, and stores what follows as a new one.

        If that was done already, with the same ID, it is found.

        Raises:
            EventConflict: the new ID exists with other content.
            MemberInvalid: nothing is left before the occurrence.
        """
        return await self._events.write(
            lambda connection: _split(connection, key, split, precondition)
        )


async def _split(
    connection: Connection, key: EventKey, split: Split, precondition: Precondition
) -> CreateResult:
    try:
        locked = await writing.lock(connection, key)
        before, after = series_changes.split(locked.fields, split.at)
        precondition(locked.revision)
    except (EventNotFound, OccurrenceNotFound, VersionMismatch):
        if done := await _find(connection, split):
            return done
        raise
    if before is None:
        raise MemberInvalid(
            ["at"],
            "first_occurrence",
            "must not be the first occurrence of the series: change the series itself",
        )
    # An occurrence that the old series has notified of is not notified of by the new one.
    sent = await sent_so_far(connection, key, locked)
    rows = await writing.insert(connection, {split.new: split.change(after)}, sent)
    if not rows:
        raise EventConflict([split.new.event_id])
    await writing.update(connection, key, locked, before)
    return CreateResult([writing.stored_event(rows[0])], is_new=True)


async def _find(connection: Connection, split: Split) -> CreateResult | None:
    """The new series, if it is stored already."""
    try:
        fields, stored = await writing.read(connection, split.new)
    except EventNotFound:
        return None
    if split.change(fields) != fields:
        raise EventConflict([split.new.event_id])
    await connection.execute(statements.WAIT_FOR_STANDBYS)
    return CreateResult([stored], is_new=False)
