"""Reads and writes events and their reminders. Knows SQL, knows no HTTP."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar
from uuid import UUID

from asyncpg import PostgresError

from calendar_api.database.pool import Connection, Pool
from calendar_api.errors import (
    EventConflict,
    EventNotFound,
    LastOccurrence,
    OccurrenceNotFound,
    RowRejected,
    VersionMismatch,
)
from calendar_api.events import statements, writing
from calendar_api.events.batching import RequestBatcher
from calendar_api.events.models import EventFields, EventKey, StoredEvent
from calendar_api.events.writing import CreateResult

T = TypeVar("T")

Precondition = Callable[[str], None]
"""Raises VersionMismatch if an event must not be changed at this revision."""

_REFUSALS: Final = (
    EventConflict,
    EventNotFound,
    LastOccurrence,
    OccurrenceNotFound,
    VersionMismatch,
)


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
        return await self.write(lambda connection: writing.create(connection, user_id, events))

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
                rows = await writing.insert(connection, events)
        except (RowRejected, PostgresError):
            return [None] * len(batch)
        created = {(row["user_id"], row["id"]): writing.stored_event(row) for row in rows}
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
        return writing.stored_event(row)

    async def read(self, key: EventKey) -> tuple[EventFields, StoredEvent]:
        """The event, with its fields.

        Raises:
            EventNotFound: this user has none with this ID.
        """
        async with self._pool.acquire(reads_only=True) as connection:
            return await writing.read(connection, key)

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
        return await self.write(lambda connection: _change(connection, key, change, precondition))

    async def delete(self, key: EventKey, *, precondition: Precondition) -> None:
        """Removes the event and its reminders.

        Raises:
            EventNotFound: this user has none with this ID.
            VersionMismatch: by `precondition`.
        """
        await self.write(lambda connection: _delete(connection, key, precondition))

    async def write(self, work: Callable[[Connection], Awaitable[T]]) -> T:
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


async def _change(
    connection: Connection,
    key: EventKey,
    change: Callable[[EventFields], EventFields],
    precondition: Precondition,
) -> StoredEvent:
    before = await writing.lock(connection, key)
    precondition(before.revision)
    return await writing.update(connection, key, before, change(before.fields))


async def _delete(connection: Connection, key: EventKey, precondition: Precondition) -> None:
    precondition((await writing.lock(connection, key)).revision)
    await writing.delete(connection, key)
