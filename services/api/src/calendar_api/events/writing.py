"""Writes and reads events on a connection, in the order events, schedules, reminders."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from calendar_api.database.pool import Connection
from calendar_api.errors import EventConflict, EventNotFound
from calendar_api.events import statements
from calendar_api.events.models import (
    EventFields,
    EventKey,
    LockedEvent,
    StoredEvent,
    fields_of_row,
    values_of,
)
from calendar_api.events.patching import as_input
from calendar_api.events.plans import plan_of
from calendar_api.events.reminders import Position
from calendar_api.events.replanning import plan_again
from calendar_api.events.series import ParsedEvent
from calendar_api.web.turns import Turns

_CLOCK_TOLERANCE: Final = timedelta(hours=1)
"""How far this clock may be ahead of the database's, which decides what has started by now."""


@dataclass(frozen=True, slots=True)
class CreateResult:
    """The stored events, in the order of the request, and whether any of them is new."""

    events: list[StoredEvent]
    is_new: bool


async def create(
    connection: Connection, user_id: str, events: dict[UUID, EventFields]
) -> CreateResult:
    """Writes events with their reminders, all or none. Events that exist are left as they are.

    Raises:
        EventConflict: some exist with other content; nothing was written.
    """
    # A conflict rolls back to here, and the transaction can still be committed.
    await connection.execute(statements.SET_SAVEPOINT)
    missing = events
    stored: dict[UUID, StoredEvent] = {}
    is_new = False
    # An event can exist for the first statement and be deleted before the second: then both are
    # repeated. Each statement has a new snapshot.
    while missing:
        created = await insert(
            connection, {EventKey(user_id, id_): fields for id_, fields in missing.items()}
        )
        is_new = is_new or bool(created)
        stored |= {row["id"]: stored_event(row) for row in created}
        if len(stored) < len(events):
            found = await connection.fetch(
                statements.GET_EVENTS, user_id, list(missing.keys() - stored)
            )
            if conflicts := [row["id"] for row in found if not _is_same(events[row["id"]], row)]:
                await connection.execute(statements.ROLL_BACK_TO_SAVEPOINT)
                raise EventConflict(conflicts)
            stored |= {row["id"]: stored_event(row) for row in found}
        missing = {id_: fields for id_, fields in missing.items() if id_ not in stored}
    if not is_new:
        await connection.execute(statements.WAIT_FOR_STANDBYS)
    return CreateResult([stored[id_] for id_ in events], is_new)


async def insert(
    connection: Connection,
    events: dict[EventKey, EventFields],
    sent: Collection[Position] = (),
) -> list[Any]:
    """Writes the events that do not exist yet, and returns their rows.

    Reminders that were `sent` for other events are not planned.
    """
    # In one order, so that two batches with the same events cannot deadlock.
    in_order = sorted(events.items(), key=lambda item: (item[0].user_id, item[0].event_id))
    since = datetime.now(UTC) - _CLOCK_TOLERANCE
    turns = Turns()
    values = []
    for key, fields in in_order:
        plan = plan_of(ParsedEvent.of(fields), since=since, sent=sent)
        values.append((*plan.as_texts(key), *values_of(fields)))
        await turns.pause()
    rows: list[Any] = await connection.fetch(
        statements.CREATE_EVENTS,
        [key.user_id for key, _ in in_order],
        [key.event_id for key, _ in in_order],
        *zip(*values, strict=True),
    )
    return rows


async def read(connection: Connection, key: EventKey) -> tuple[EventFields, StoredEvent]:
    """The event as it is now.

    Raises:
        EventNotFound: the user has none with this ID.
    """
    row = await connection.fetchrow(statements.GET_EVENTS, key.user_id, [key.event_id])
    if row is None:
        raise EventNotFound
    return fields_of_row(row), stored_event(row)


async def lock(connection: Connection, key: EventKey) -> LockedEvent:
    """The event, as it is until the end of the transaction unless this one changes it.

    Raises:
        EventNotFound: the user has none with this ID.
    """
    row = await connection.fetchrow(statements.LOCK_EVENT, key.user_id, key.event_id)
    if row is None:
        raise EventNotFound
    return LockedEvent(row["now"], row["revision"], fields_of_row(row))


async def update(
    connection: Connection, key: EventKey, before: LockedEvent, after: EventFields
) -> StoredEvent:
    """Writes the new fields of an event and its reminders, if they are others than before."""
    if after == before.fields:
        await connection.execute(statements.WAIT_FOR_STANDBYS)
        return (await read(connection, key))[1]
    updated = await connection.fetchrow(
        statements.UPDATE_EVENT, key.user_id, key.event_id, *values_of(after)
    )
    await plan_again(connection, key, before, after)
    return stored_event(updated)


async def delete(connection: Connection, key: EventKey) -> None:
    """Removes an event that is locked, and its reminders."""
    await connection.execute(statements.DELETE_EVENT, key.user_id, key.event_id)


def _is_same(event: EventFields, row: Any) -> bool:
    """Whether the event is the stored one, with all that it says."""
    stored = fields_of_row(row)
    # Sent back as it was read, an event does not say which wall time in a gap it has.
    return event == stored or (
        event.local_start != stored.local_start and as_input(event).to_fields(stored) == stored
    )


def stored_event(row: Any) -> StoredEvent:
    """The event of a row with its revision and document."""
    return StoredEvent(row["revision"], row["document"].encode())
