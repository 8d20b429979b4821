"""Reads lists of events, page by page. Knows SQL, knows no HTTP."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic_core import from_json

from calendar_api.database.pool import Connection, Pool
from calendar_api.errors import EventNotFound, EventNotRecurring
from calendar_api.listing import statements
from calendar_api.listing.models import Item, ListKey, Page, Position
from calendar_api.listing.pages import MAX_PAGE_BYTES, PageBuilder
from calendar_api.listing.series import ListedSeries
from calendar_api.web.turns import Turns

SERIES_AT_ONCE: Final = 250
"""Series that are read with one statement."""
BYTES_AT_ONCE: Final = 1024 * 1024
"""Limit for what may be long of them: all of it is in memory at the same time."""


class ListingRepository:
    """The tables `events` and `schedules`, by user and time."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def overlapping(self, key: ListKey, *, after: Position | None, limit: int) -> Page:
        """Up to `limit` items that overlap the window, in order; after a position if given.

        Raises:
            EventNotFound: the list has the occurrences of one event, which does not exist.
            EventNotRecurring: it is a single one.
        """
        if key.event_id:
            return await self._occurrences(key, key.event_id, after=after, limit=limit)
        async with self._pool.acquire(reads_only=True) as connection:
            [row] = await connection.fetch(
                statements.LIST_EVENTS,
                key.user_id,
                key.window.start,
                key.window.end,
                after and after.starts_at,
                after and after.event_id,
                limit,
                MAX_PAGE_BYTES,
            )
            rows, ids = await _read_series(connection, key.user_id, row["series"])
        last = Position(row["last_starts_at"], row["last_id"]) if row["last_id"] else None
        if not row["series"]:
            return Page(",".join(row["documents"]).encode(), last)
        builder = PageBuilder(limit=limit, after=after, last=last)
        builder.add(map(_plain_item, row["documents"]))
        turns = Turns()
        while True:
            for each in rows:
                builder.add(_series(each).items(key, after))
                await turns.pause()
            if not ids:
                return await builder.page()
            # Between two parts, no connection is held.
            async with self._pool.acquire(reads_only=True) as connection:
                rows, ids = await _read_series(connection, key.user_id, ids)

    async def _occurrences(
        self, key: ListKey, event_id: UUID, *, after: Position | None, limit: int
    ) -> Page:
        async with self._pool.acquire(reads_only=True) as connection:
            rows, _ = await _read_series(connection, key.user_id, [event_id])
        if not rows:
            raise EventNotFound
        series = _series(rows[0])
        if not series.recurs:
            raise EventNotRecurring
        builder = PageBuilder(limit=limit, after=after)
        builder.add(series.items(key, after))
        return await builder.page()


async def _read_series(
    connection: Connection, user_id: str, ids: Sequence[UUID]
) -> tuple[Sequence[Any], Sequence[UUID]]:
    """The first of these events that exist, as many as fit, and the IDs that are left.

    They may be no series any more.
    """
    if not ids:
        return [], []
    some = ids[:SERIES_AT_ONCE]
    rows: Sequence[Any] = await connection.fetch(
        statements.READ_SERIES, user_id, some, BYTES_AT_ONCE
    )
    return rows, ids[rows[-1]["place"] if rows else len(some) :]


def _plain_item(text: str) -> Item:
    document = text.encode()
    members = from_json(document)
    position = Position(datetime.fromisoformat(members["starts_at"]), UUID(members["id"]))
    return Item(position, len(document), lambda: document)


def _series(row: Any) -> ListedSeries:
    return ListedSeries(row["id"], row["document"].encode(), row)
