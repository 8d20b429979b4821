"""Reads and writes events and their reminders. Knows SQL, knows no HTTP."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any, Final, TypeVar
from uuid import UUID

from asyncpg import PostgresError

from calendar_api.database.pool import Connection, Pool
from calendar_api.errors import EventConflict, EventNotFound, RowRejected, VersionMismatch
from calendar_api.events import statements
from calendar_api.events.batching import RequestBatcher
from calendar_api.events.models import FIELDS, EventFields, EventKey, StoredEvent
from calendar_api.events.plans import plan_of, schedule_of
from calendar_api.events.reminders import has_same_reminders, sent_already

T = TypeVar("T")

_values: Final = attrgetter(*FIELDS)

Precondition = Callable[[str], None]
"""Raises VersionMismatch if an event must not be changed at this revision."""

_CLOCK_TOLERANCE: Final = timedelta(hours=1)
"""How far this clock may be ahead of the database's, which decides what has started by now."""

_REFUSALS: Final = (EventConflict, EventNotFound, VersionMismatch)


@dataclass(frozen=True, slots=True)
class CreateResult:
    """The stored events, in the order of the request, and whether any of them is new."""

    events: list[StoredEvent]
    is_new: bool


class EventRepository:
    """The tables `events`, `schedules` and `reminders`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._create_one = RequestBatcher(self._create_batch)

    async def create(self, user_id: str, events: dict[UUID, EventFields]) -> CreateResult:
        """Writes events with their reminders, all or none. Events that exist are left as they are.

        Raises:
            EventConflict: some exist with other content; nothing was written.
        """
        if len(events) == 1:
            [(id_, fields)] = events.items()
            stored = await self._create_one((EventKey(user_id, id_), fields))
            if stored is not None:
                return CreateResult([stored], is_new=True)
        return await self._write(lambda connection: _create(connection, user_id, events))

    async def _create_batch(
        self, batch: list[tuple[EventKey, EventFields]]
    ) -> list[StoredEvent | None]:
        """Writes events with one statement; `None` for each that has to be created alone.

        Those are events that exist or are in the batch twice, and all of them if PostgreSQL rejects
        one. An outage is not caused by an event, and is raised.
        """
        # Of two events with one key, the first is written, and takes its row below.
        events = dict(reversed(batch))
        try:
            async with self._pool.acquire() as connection:
                rows = await _insert(connection, events)
        except (RowRejected, PostgresError):
            return [None] * len(batch)
        created = {(row["user_id"], row["id"]): _stored(row) for row in rows}
        return [created.pop((key.user_id, key.event_id), None) for key, _ in batch]

    async def get(self, key: EventKey) -> StoredEvent:
        """The event.

        Raises:
            EventNotFound: this user has none with this ID.
        """
        async with self._pool.acquire(reads_only=True) as connection:
            row = await connection.fetchrow(statements.READ_EVENT, key.user_id, key.event_id)
        if row is None:
            raise EventNotFound
        return _stored(row)

    async def change(
        self,
        key: EventKey,
        change: Callable[[EventFields], EventFields],
        *,
        precondition: Precondition,
    ) -> StoredEvent:
        """Replaces the event's fields by `change(fields)`, and its reminders if necessary.

        Raises:
            EventNotFound: this user has none with this ID.
            VersionMismatch: by `precondition`.
        """
        return await self._write(lambda connection: _change(connection, key, change, precondition))

    async def delete(self, key: EventKey, *, precondition: Precondition) -> None:
        """Removes the event and its reminders.

        Raises:
            EventNotFound: this user has none with this ID.
            VersionMismatch: by `precondition`.
        """
        await self._write(lambda connection: _delete(connection, key, precondition))

    async def _write(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Runs `work` in a transaction. Its refusals are raised after the commit.

        A refusal depends on what other requests have written, so it waits for the standbys as
        a write does. Otherwise a repeated DELETE could be answered 404 although a failover brings
        the event back.
        """
        async with self._pool.transaction() as connection:
            try:
                return await work(connection)
            except _REFUSALS as error:
                refusal = error
            await connection.execute(statements.WAIT_FOR_STANDBYS)
        raise refusal

    async def probe(self) -> None:
        """Returns where PostgreSQL accepts writes and the tables are there.

        Raises:
            DatabaseUnavailable: it does not, or they are not.
        """
        await self._pool.probe(statements.PROBE)


async def _create(
    connection: Connection, user_id: str, events: dict[UUID, EventFields]
) -> CreateResult:
    # A conflict rolls back to here, and the transaction can still be committed.
    await connection.execute(statements.SET_SAVEPOINT)
    missing = events
    stored: dict[UUID, StoredEvent] = {}
    is_new = False
    # An event can exist for the first statement and be deleted before the second: then both are
    # repeated. Each statement has a new snapshot.
    while missing:
        created = await _insert(
            connection, {EventKey(user_id, id_): fields for id_, fields in missing.items()}
        )
        is_new = is_new or bool(created)
        stored |= {row["id"]: _stored(row) for row in created}
        if len(stored) < len(events):
            found = await connection.fetch(
                statements.GET_EVENTS, user_id, list(missing.keys() - stored)
            )
            if conflicts := [row["id"] for row in found if _fields(row) != events[row["id"]]]:
                await connection.execute(statements.ROLL_BACK_TO_SAVEPOINT)
                raise EventConflict(conflicts)
            stored |= {row["id"]: _stored(row) for row in found}
        missing = {id_: fields for id_, fields in missing.items() if id_ not in stored}
    if not is_new:
        await connection.execute(statements.WAIT_FOR_STANDBYS)
    return CreateResult([stored[id_] for id_ in events], is_new)


async def _insert(connection: Connection, events: dict[EventKey, EventFields]) -> list[Any]:
    """Writes the events that do not exist yet, and returns their rows."""
    # In one order, so that two batches with the same events cannot deadlock.
    in_order = sorted(events.items(), key=lambda item: (item[0].user_id, item[0].event_id))
    since = datetime.now(UTC) - _CLOCK_TOLERANCE
    rows: list[Any] = await connection.fetch(
        statements.CREATE_EVENTS,
        [key.user_id for key, _ in in_order],
        [key.event_id for key, _ in in_order],
        *zip(
            *(
                (*plan_of(fields, since=since).as_texts(key), *_values(fields))
                for key, fields in in_order
            ),
            strict=True,
        ),
    )
    return rows


async def _change(
    connection: Connection,
    key: EventKey,
    change: Callable[[EventFields], EventFields],
    precondition: Precondition,
) -> StoredEvent:
    now, before = await _lock(connection, key, precondition)
    after = change(before)
    if after == before:
        await connection.execute(statements.WAIT_FOR_STANDBYS)
        return _stored(await connection.fetchrow(statements.READ_EVENT, key.user_id, key.event_id))
    updated = await connection.fetchrow(
        statements.UPDATE_EVENT, key.user_id, key.event_id, *_values(after)
    )
    await _plan_again(connection, key, before, after, now)
    return _stored(updated)


async def _delete(connection: Connection, key: EventKey, precondition: Precondition) -> None:
    await _lock(connection, key, precondition)
    await connection.execute(statements.DELETE_EVENT, key.user_id, key.event_id)


async def _lock(
    connection: Connection, key: EventKey, precondition: Precondition
) -> tuple[datetime, EventFields]:
    """The database's time, and the event as it is."""
    row = await connection.fetchrow(statements.LOCK_EVENT, key.user_id, key.event_id)
    if row is None:
        raise EventNotFound
    precondition(row["revision"])
    return row["now"], _fields(row)


async def _plan_again(
    connection: Connection, key: EventKey, before: EventFields, after: EventFields, now: datetime
) -> None:
    """Writes the schedule and the reminders of a changed event, if they are others than before.

    A reminder that was sent is sent again only if its start or its lead is a new one.
    """
    same_schedule = schedule_of(before, now=now) == schedule_of(after, now=now)
    if same_schedule and has_same_reminders(before, after):
        return
    row = (key.user_id, key.event_id)
    reminder = await connection.fetchrow(statements.LOCK_REMINDER, *row, before.starts_at)
    head = (reminder["due_at"], reminder["starts_at"]) if reminder else None
    planned = await connection.fetchrow(statements.READ_SCHEDULE, *row)
    if head is None and planned and planned["planned_due"]:
        # All that was planned is sent, and more follow.
        head = (planned["planned_due"], planned["planned_start"] + timedelta.resolution)
    plan = plan_of(after, since=now, sent=sent_already(before, now=now, head=head))
    if plan.reminders:
        await connection.execute(statements.WRITE_REMINDERS, *row, *plan.reminder_values(key))
    elif reminder:
        await connection.execute(statements.REMOVE_REMINDERS, *row)
    if plan.has_schedule:
        await connection.execute(statements.WRITE_SCHEDULE, *row, *plan.schedule_values())
    elif planned:
        await connection.execute(statements.REMOVE_SCHEDULE, *row)


def _fields(row: Any) -> EventFields:
    return EventFields(**{name: row[name] for name in FIELDS})


def _stored(row: Any) -> StoredEvent:
    return StoredEvent(row["revision"], row["document"].encode())
