"""Pages that are put together from the items of several events."""

from collections.abc import Iterable
from operator import attrgetter
from typing import Final

from calendar_api.listing.models import Item, Page, Position
from calendar_api.web.turns import Turns

MAX_PAGE_BYTES: Final = 4 * 1024 * 1024
"""Limit for what may be long on one page, and so for the memory that a list takes."""

_position: Final = attrgetter("position")


class PageBuilder:
    """Keeps the first items of a list, of all that are added: as many as fit on its page."""

    def __init__(self, *, limit: int, after: Position | None, last: Position | None = None) -> None:
        """The page begins after a position; if `last` is given, it ends there or earlier."""
        self._limit = limit
        self._after = after
        self._last = last
        self._items: list[Item] = []
        self._size = 0

    def add(self, items: Iterable[Item]) -> None:
        """Adds items that are in order. Takes no more of them than may be on the page."""
        is_full_at = len(self._items) + self._limit
        for item in items:
            if self._last and item.position > self._last:
                break
            if self._after is None or item.position > self._after:
                self._items.append(item)
                self._size += item.size
                if len(self._items) > is_full_at:
                    break
        if len(self._items) > 2 * self._limit or self._size > 2 * MAX_PAGE_BYTES:
            self._cut()

    async def page(self) -> Page:
        """The page, when all items were added."""
        self._cut()
        turns = Turns()
        documents = []
        for item in self._items:
            documents.append(item.to_json())
            await turns.pause()
        return Page(b",".join(documents), self._last)

    def _cut(self) -> None:
        """Drops the items that do not fit on the page. If there are any, more pages follow."""
        self._items.sort(key=_position)
        self._size = 0
        for place, item in enumerate(self._items):
            if place == self._limit or (place > 0 and self._size + item.size > MAX_PAGE_BYTES):
                del self._items[place:]
                self._last = self._items[-1].position
                return
            self._size += item.size
