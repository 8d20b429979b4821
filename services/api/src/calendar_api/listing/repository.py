"""Reads lists of events, page by page. Knows SQL, knows no HTTP."""

from dataclasses import dataclass
from typing import Final

from calendar_api.database.pool import Pool
from calendar_api.listing import statements
from calendar_api.listing.cursors import Position
from calendar_api.listing.windows import Window

MAX_PAGE_BYTES: Final = 4 * 1024 * 1024
"""Limit for the descriptions on one page, and so for the memory that a list takes."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: its items as JSON, without the brackets; its end, if more follow."""

    items: bytes
    last: Position | None


class ListingRepository:
    """The table `events`, by user and time."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def overlapping(
        self, user_id: str, window: Window, *, after: Position | None, limit: int
    ) -> Page:
        """Up to `limit` events that overlap `window`, in order; after a position if it is given."""
        async with self._pool.acquire(reads_only=True) as connection:
            [row] = await connection.fetch(
                statements.LIST_EVENTS,
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
