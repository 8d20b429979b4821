"""Reads and writes events, and with each write its reminder. Knows SQL, knows no HTTP."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from calendar_api import queries
from calendar_api.cursors import Position
from calendar_api.database import Connection, Pool
from calendar_api.errors import EventConflict, EventNotFound, VersionMismatch
from calendar_api.events import Content, EventKey, Stored, reminder
from calendar_api.windows import Window

Versions = frozenset[int] | None
"""The versions at which a caller lets an event be changed; `None` for any."""

MAX_PAGE_BYTES: Final = 4 * 1024 * 1024
"""Of descriptions on one page, lest a list of long ones fill the memory; the next page goes on."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: items as JSON without the brackets; where it ended, if more follow."""

    items: bytes
    last: Position | None


@dataclass(frozen=True, slots=True)
class Created:
    """The stored events in the order in which they were asked for, and whether any is new."""

    events: list[Stored]
    is_new: bool


class Repository:
    """The tables `events` and `reminders`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def create(self, user_id: str, events: dict[UUID, Content]) -> Created:
        """Writes events with their reminders, all or none; those that exist already are left alone.

        Raises:
            EventConflict: some exist with other content; nothing was written.
        """
        # One statement is a transaction already, and the hot path.
        lent = self._pool.acquire() if len(events) == 1 else self._pool.transaction()
        async with lent as connection:
            return await _create(connection, user_id, events)

    async def get(self, key: EventKey) -> Stored:
        """The event.

        Raises:
            EventNotFound: this user has none with this ID.
        """
        async with self._pool.acquire() as connection:
            row = await connection.fetchrow(queries.GET_EVENT, key.user_id, key.event_id)
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
        async with self._pool.transaction() as connection:
            row = await connection.fetchrow(queries.LOCK_EVENT, key.user_id, key.event_id)
            _check(row, versions)
            before = _content(row)
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
            # What was sent stays sent unless the schedule is another: only then is there
            # anything new to remind of.
            if not after.has_schedule_of(before):
                await _reschedule(connection, key, after)
        return _stored(updated)

    async def delete(self, key: EventKey, *, versions: Versions) -> None:
        """Removes the event and its reminder.

        Raises:
            EventNotFound: this user has none with this ID.
            VersionMismatch: it is at none of `versions`.
        """
        async with self._pool.transaction() as connection:
            row = await connection.fetchrow(queries.LOCK_EVENT, key.user_id, key.event_id)
            _check(row, versions)
            await connection.execute(queries.DELETE_EVENT, key.user_id, key.event_id)

    async def list_overlapping(
        self, user_id: str, window: Window, *, after: Position | None, limit: int
    ) -> Page:
        """Up to `limit` events that overlap `window` and come after a position, in order.

        They begin with the first one where `after` is `None`.
        """
        async with self._pool.acquire() as connection:
            [row] = await connection.fetch(
                queries.LIST_EVENTS,
                user_id,
                window.start,
                window.end,
                after and after.starts_at,
                after and after.event_id,
                limit,
                MAX_PAGE_BYTES,
            )
        last = Position(row["last_starts_at"], row["last_id"]) if row["last_id"] else None
        return Page(row["items"].encode(), last)

    async def probe(self) -> None:
        """Returns where PostgreSQL answers and the tables are there.

        Raises:
            DatabaseUnavailable: it does not, or they are not.
        """
        async with self._pool.acquire() as connection:
            await connection.execute(queries.PROBE)


async def _create(connection: Connection, user_id: str, events: dict[UUID, Content]) -> Created:
    # By order of ID, so that two batches of the same events wait for each other one way round.
    missing = dict(sorted(events.items()))
    stored: dict[UUID, Stored] = {}
    is_new = False
    # A second round is for an event that was there for the first statement and deleted before the
    # second; each round has a fresh view.
    while missing:
        created = await connection.fetch(
            queries.CREATE_EVENTS, user_id, *_columns(user_id, missing)
        )
        is_new = is_new or bool(created)
        stored |= {row["id"]: _stored(row) for row in created}
        if len(stored) < len(events):
            found = await connection.fetch(
                queries.GET_EVENTS, user_id, list(missing.keys() - stored)
            )
            if conflicts := [row["id"] for row in found if _content(row) != events[row["id"]]]:
                raise EventConflict(conflicts)
            stored |= {row["id"]: _stored(row) for row in found}
        missing = {id_: content for id_, content in missing.items() if id_ not in stored}
    return Created([stored[id_] for id_ in events], is_new)


def _columns(user_id: str, events: dict[UUID, Content]) -> list[list[Any]]:
    plans = [reminder(EventKey(user_id, id_), content) for id_, content in events.items()]
    contents = events.values()
    return [
        list(events),
        [content.title for content in contents],
        [content.description for content in contents],
        [content.starts_at for content in contents],
        [content.ends_at for content in contents],
        [content.notify_before for content in contents],
        [plan and plan.notification_id for plan in plans],
        [plan and plan.due_at for plan in plans],
    ]


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


def _check(row: Any, versions: Versions) -> None:
    if row is None:
        raise EventNotFound
    if versions is not None and row["version"] not in versions:
        raise VersionMismatch(row["version"])


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
