"""Reads and writes events, and with each write its reminder. Knows SQL, knows no HTTP."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from uuid import UUID

from asyncpg import PostgresError

from calendar_api.database.pool import Connection, Pool
from calendar_api.errors import EventConflict, EventNotFound, RowRejected, VersionMismatch
from calendar_api.events import statements as queries
from calendar_api.events.batching import Together
from calendar_api.events.models import Content, EventKey, Stored, reminder

T = TypeVar("T")

Versions = frozenset[int] | None
"""The versions at which a caller lets an event be changed; `None` for any."""

_REFUSALS: Final = (EventConflict, EventNotFound, VersionMismatch)


@dataclass(frozen=True, slots=True)
class Created:
    """The stored events in the order in which they were asked for, and whether any is new."""

    events: list[Stored]
    is_new: bool


class Repository:
    """The tables `events` and `reminders`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._create_one = Together(self._create_group)

    async def create(self, user_id: str, events: dict[UUID, Content]) -> Created:
        """Writes events with their reminders, all or none; those that exist already are left alone.

        Raises:
            EventConflict: some exist with other content; nothing was written.
        """
        if len(events) == 1:
            [(id_, content)] = events.items()
            stored = await self._create_one((EventKey(user_id, id_), content))
            if stored is not None:
                return Created([stored], is_new=True)
        return await self._write(lambda connection: _create(connection, user_id, events))

    async def _create_group(self, group: list[tuple[EventKey, Content]]) -> list[Stored | None]:
        """Writes what can be written together; `None` for an event that needs a closer look.

        That is one that exists, or is in the group twice; or each of them where PostgreSQL refuses
        one: then each is written, or refused, alone. An outage is no event's fault, and is raised.
        """
        # Of two under one key the first is written, and is the first to find itself below.
        events = dict(reversed(group))
        try:
            async with self._pool.acquire() as connection:
                rows = await _insert(connection, events)
        except (RowRejected, PostgresError):
            return [None] * len(group)
        created = {(row["user_id"], row["id"]): _stored(row) for row in rows}
        return [created.pop((key.user_id, key.event_id), None) for key, _ in group]

    async def get(self, key: EventKey) -> Stored:
        """The event.

        Raises:
            EventNotFound: this user has none with this ID.
        """
        async with self._pool.acquire() as connection:
            row = await connection.fetchrow(queries.READ_EVENT, key.user_id, key.event_id)
        if row is None:
            raise EventNotFound
        return _stored(row)

    async def change(
        self, key: EventKey, change: Callable[[Content], Content], *, versions: Versions
    ) -> Stored:
        """Puts `change(current content)` in the event's place; moves its reminder if need be.

        Raises:
            EventNotFound: this user has none with this ID.
            VersionMismatch: it is at none of `versions`.
        """
        return await self._write(lambda connection: _change(connection, key, change, versions))

    async def delete(self, key: EventKey, *, versions: Versions) -> None:
        """Removes the event and its reminder.

        Raises:
            EventNotFound: this user has none with this ID.
            VersionMismatch: it is at none of `versions`.
        """
        await self._write(lambda connection: _delete(connection, key, versions))

    async def _write(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Carries out `work` in a transaction. What it refuses, it refuses after the commit.

        A refusal says what others have written, and so it waits for the standbys as a write does.
        Otherwise a DELETE that is tried again could be told 404 for what a failover brings back.
        """
        async with self._pool.transaction() as connection:
            try:
                return await work(connection)
            except _REFUSALS as error:
                refusal = error
            await connection.execute(queries.WAIT_FOR_STANDBYS)
        raise refusal

    async def probe(self) -> None:
        """Returns where PostgreSQL accepts writes and the tables are there.

        Raises:
            DatabaseUnavailable: it does not, or they are not.
        """
        await self._pool.probe(queries.PROBE)


async def _create(connection: Connection, user_id: str, events: dict[UUID, Content]) -> Created:
    # Up to here a conflict takes everything back, and the transaction can still be committed.
    await connection.execute(queries.SET_SAVEPOINT)
    missing = events
    stored: dict[UUID, Stored] = {}
    is_new = False
    # A second round is for an event that was there for the first statement and deleted before the
    # second; each round has a fresh view.
    while missing:
        created = await _insert(
            connection, {EventKey(user_id, id_): content for id_, content in missing.items()}
        )
        is_new = is_new or bool(created)
        stored |= {row["id"]: _stored(row) for row in created}
        if len(stored) < len(events):
            found = await connection.fetch(
                queries.GET_EVENTS, user_id, list(missing.keys() - stored)
            )
            if conflicts := [row["id"] for row in found if _content(row) != events[row["id"]]]:
                await connection.execute(queries.ROLL_BACK_TO_SAVEPOINT)
                raise EventConflict(conflicts)
            stored |= {row["id"]: _stored(row) for row in found}
        missing = {id_: content for id_, content in missing.items() if id_ not in stored}
    if not is_new:
        await connection.execute(queries.WAIT_FOR_STANDBYS)
    return Created([stored[id_] for id_ in events], is_new)


async def _insert(connection: Connection, events: dict[EventKey, Content]) -> list[Any]:
    """Writes the events that do not exist yet; the rows of those."""
    # In order, so that two groups of the same events wait for each other one way round.
    in_order = sorted(events.items(), key=lambda item: (item[0].user_id, item[0].event_id))
    plans = [reminder(key, content) for key, content in in_order]
    rows: list[Any] = await connection.fetch(
        queries.CREATE_EVENTS,
        [key.user_id for key, _ in in_order],
        [key.event_id for key, _ in in_order],
        [content.title for _, content in in_order],
        [content.description for _, content in in_order],
        [content.starts_at for _, content in in_order],
        [content.ends_at for _, content in in_order],
        [content.notify_before for _, content in in_order],
        [plan and plan.notification_id for plan in plans],
        [plan and plan.due_at for plan in plans],
    )
    return rows


async def _change(
    connection: Connection,
    key: EventKey,
    change: Callable[[Content], Content],
    versions: Versions,
) -> Stored:
    before = await _lock(connection, key, versions)
    after = change(before)
    updated = await connection.fetchrow(
        queries.UPDATE_EVENT,
        key.user_id,
        key.event_id,
        after.title,
        after.description,
        after.starts_at,
        after.ends_at,
        after.notify_before,
    )
    # What was sent stays sent unless the schedule is another: only then is there anything new to
    # remind of.
    if not after.has_schedule_of(before):
        await _reschedule(connection, key, after)
    return _stored(updated)


async def _delete(connection: Connection, key: EventKey, versions: Versions) -> None:
    await _lock(connection, key, versions)
    await connection.execute(queries.DELETE_EVENT, key.user_id, key.event_id)


async def _lock(connection: Connection, key: EventKey, versions: Versions) -> Content:
    row = await connection.fetchrow(queries.LOCK_EVENT, key.user_id, key.event_id)
    if row is None:
        raise EventNotFound
    if versions is not None and row["version"] not in versions:
        raise VersionMismatch(row["version"])
    return _content(row)


async def _reschedule(connection: Connection, key: EventKey, content: Content) -> None:
    plan = reminder(key, content)
    moved = plan and await connection.fetchrow(
        queries.MOVE_REMINDER,
        key.user_id,
        key.event_id,
        plan.notification_id,
        plan.due_at,
        content.starts_at,
    )
    if not moved:
        await connection.execute(queries.REMOVE_REMINDER, key.user_id, key.event_id)


def _content(row: Any) -> Content:
    return Content(
        title=row["title"],
        description=row["description"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        notify_before=row["notify_before"],
    )


def _stored(row: Any) -> Stored:
    return Stored(row["version"], row["document"].encode())
