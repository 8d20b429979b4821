"""What a user can do with events. Knows neither HTTP nor SQL."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from calendar_api.database.options import REQUEST_SECONDS
from calendar_api.errors import ConnectionLost, DatabaseUnavailable
from calendar_api.events.models import Content, EventKey, Stored
from calendar_api.events.repository import Created, Repository, Versions
from calendar_api.listing import cursors
from calendar_api.listing.repository import Lists
from calendar_api.listing.windows import Window
from calendar_api.time_limit import TimeLimit

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list: its items as JSON without the brackets."""

    items: bytes
    next_cursor: str | None


class Service:
    """Events of all users; every call names its user, and sees nobody else's.

    All of them raise `DatabaseUnavailable` where the database is, or where it took too long.
    """

    def __init__(self, repository: Repository, lists: Lists) -> None:
        self._repository = repository
        self._lists = lists
        self._in_time = TimeLimit(
            REQUEST_SECONDS, lambda: DatabaseUnavailable("the request's time was up")
        )

    async def create(self, user_id: str, events: dict[UUID, Content]) -> Created:
        """Stores events, all or none. Sent again with the same content, they are found stored.

        Raises:
            EventConflict: some of the IDs exist with other content; nothing was stored.
        """
        with self._in_time():
            try:
                return await self._repository.create(user_id, events)
            except ConnectionLost:
                # Whether the first try was stored is unknown; by their IDs the second finds out.
                again = await self._repository.create(user_id, events)
                return Created(again.events, is_new=True)

    async def get(self, key: EventKey) -> Stored:
        """The event.

        Raises:
            EventNotFound: this user has none with this ID.
        """
        with self._in_time():
            return await _read(lambda: self._repository.get(key))

    async def change(
        self, key: EventKey, change: Callable[[Content], Content], *, versions: Versions
    ) -> Stored:
        """Puts `change(current content)` in the event's place.

        Raises:
            EventNotFound: this user has none with this ID.
            VersionMismatch: it is at none of `versions`.
        """
        with self._in_time():
            return await self._repository.change(key, change, versions=versions)

    async def delete(self, key: EventKey, *, versions: Versions) -> None:
        """Removes the event; what was not sent of it yet never will be.

        Raises:
            EventNotFound: this user has none with this ID.
            VersionMismatch: it is at none of `versions`.
        """
        with self._in_time():
            await self._repository.delete(key, versions=versions)

    async def list_overlapping(
        self, user_id: str, window: Window, *, cursor: str | None, limit: int
    ) -> Listing:
        """A page of the events that overlap `window`, by start and ID.

        Raises:
            CursorInvalid: `cursor` was not given out for this list of this user.
        """
        after = None if cursor is None else cursors.decode(cursor, user_id=user_id, window=window)
        with self._in_time():
            page = await _read(
                lambda: self._lists.overlapping(user_id, window, after=after, limit=limit)
            )
        last = page.last
        return Listing(
            page.items, cursors.encode(last, user_id=user_id, window=window) if last else None
        )


async def _read(ask: Callable[[], Awaitable[T]]) -> T:
    """Reads once more where the connection turns out to have died since its last use."""
    try:
        return await ask()
    except ConnectionLost:
        return await ask()
