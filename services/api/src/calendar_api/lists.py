"""Reads lists of events, page by page. Knows SQL, knows no HTTP."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from calendar_api import queries
from calendar_api.cursors import Position
from calendar_api.database import Pool
from calendar_api.together import LARGEST, Together
from calendar_api.windows import Window

MAX_PAGE_BYTES: Final = 4 * 1024 * 1024
"""Of descriptions on one page, lest a list of long ones fill the memory; the next page goes on."""

SHORT_WINDOW: Final = timedelta(hours=25)
"""What a day has at most. Lists of no longer windows are looked for together."""

SHORT_LIST: Final = 100
"""Events of a list that is read with others, lest a long one hold them up."""

SHORT_LIST_BYTES: Final = MAX_PAGE_BYTES // LARGEST
"""Of its descriptions: those of all lists in a group make one page."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: items as JSON without the brackets; where it ended, if more follow."""

    items: bytes
    last: Position | None


class Lists:
    """The table `events`, by user and time."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._read_short = Together(self._read_group)

    async def overlapping(
        self, user_id: str, window: Window, *, after: Position | None, limit: int
    ) -> Page:
        """Up to `limit` events that overlap `window` and come after a position, in order.

        They begin with the first one where `after` is `None`.
        """
        if after is None and limit >= SHORT_LIST and window.end - window.start <= SHORT_WINDOW:
            page = await self._read_short((user_id, window))
            if page is not None:
                return page
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

    async def _read_group(self, group: list[tuple[str, Window]]) -> list[Page | None]:
        """The lists that are short and complete; `None` for one that needs a statement alone."""
        async with self._pool.acquire() as connection:
            rows = await connection.fetch(
                queries.LIST_TOGETHER,
                [user_id for user_id, _ in group],
                [window.start for _, window in group],
                [window.end for _, window in group],
                SHORT_LIST,
                SHORT_LIST_BYTES,
            )
        return [
            Page(row["items"].encode(), None) if row["last_id"] is None else None for row in rows
        ]
