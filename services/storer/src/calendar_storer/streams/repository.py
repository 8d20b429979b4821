"""Reads notifications for streams, in the order of arrival."""

from collections.abc import Collection
from typing import Final

import asyncpg

from calendar_storer.database.pool import Pool
from calendar_storer.inbox.cursors import Position
from calendar_storer.inbox.repository import InboxRepository
from calendar_storer.streams import events, statements
from calendar_storer.streams.hub import Arrivals, Event
from calendar_storer.streams.stream import Page

ARRIVALS: Final = 4000
"""Notifications that one query of the hub looks at."""

PAGE: Final = 500
"""Notifications that a stream catches up with at a time."""


class StreamRepository:
    """The table `notifications`, as it grows. All methods raise `DatabaseUnavailable`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._inbox = InboxRepository(pool)

    async def end(self) -> Position:
        """The position of the notification that arrived last."""
        return await self._inbox.end()

    async def arrivals(self, *, after: int, users: Collection[str]) -> Arrivals:
        """What arrived after a number: the notifications of these users among a page of all."""
        async with self._pool.acquire(reads_only=True) as connection:
            rows = await connection.fetch(statements.ARRIVALS, after, ARRIVALS, list(users))
        last, number = rows[0]["last"], rows[0]["number"]
        if last is None:
            return Arrivals(after, has_more=False, events={}, delays=[])
        watched = [row for row in rows if row["user_id"] is not None]
        by_user: dict[str, list[Event]] = {}
        for row in watched:
            by_user.setdefault(row["user_id"], []).append(_event(row))
        return Arrivals(
            last,
            has_more=number == ARRIVALS,
            events=by_user,
            delays=[row["delay"] for row in watched],
        )

    async def page(self, user: str, *, after: Position) -> Page:
        """A page of a user's notifications after a position."""
        async with self._pool.acquire(reads_only=True) as connection:
            rows = await connection.fetch(statements.PAGE, user, *after, PAGE)
        last = Position.of(rows[-1]) if rows else after
        return Page([_event(row) for row in rows], last, has_more=len(rows) == PAGE)


def _event(row: asyncpg.Record) -> Event:
    position = Position.of(row)
    return Event(position.arrival, events.notification(position, row["document"]))
