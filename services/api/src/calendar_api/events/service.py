"""What a user can do with events. Knows neither HTTP nor SQL."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from calendar_api.database.time_limit import repeat_read, time_limit
from calendar_api.errors import ConnectionLost
from calendar_api.events.models import EventFields, EventKey, StoredEvent
from calendar_api.events.repository import EventRepository, Precondition
from calendar_api.events.writing import CreateResult
from calendar_api.listing import cursors
from calendar_api.listing.models import ListKey
from calendar_api.listing.repository import ListingRepository


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list: its items as JSON, without the brackets."""

    items: bytes
    next_cursor: str | None


class EventService:
    """The events of all users; each call is limited to one user's.

    All methods raise `DatabaseUnavailable` if the database is away or too slow.
    """

    def __init__(self, repository: EventRepository, lists: ListingRepository) -> None:
        self._repository = repository
        self._lists = lists

    async def create(self, user_id: str, events: dict[UUID, EventFields]) -> CreateResult:
        """Stores events, all or none. Events that are stored already, with the same content, count.

        Raises:
            EventConflict: some of the IDs exist with other content; nothing was stored.
        """
        async with time_limit():
            try:
                return await self._repository.create(user_id, events)
            except ConnectionLost:
                # The events may be stored or not. Creating them again finds out, by their IDs.
                again = await self._repository.create(user_id, events)
                return CreateResult(again.events, is_new=True)

    async def get(self, key: EventKey) -> StoredEvent:
        """The event.

        Raises:
            EventNotFound: the user has no event with this ID.
        """
        async with time_limit():
            return await repeat_read(lambda: self._repository.get(key))

    async def change(
        self,
        key: EventKey,
        change: Callable[[EventFields], EventFields],
        *,
        precondition: Precondition,
    ) -> StoredEvent:
        """Replaces the event's fields by `change(fields)`. Writes nothing if they are the same.

        Raises:
            EventNotFound: the user has no event with this ID.
            VersionMismatch: by `precondition`.
        """
        async with time_limit():
            return await self._repository.change(key, change, precondition=precondition)

    async def delete(self, key: EventKey, *, precondition: Precondition) -> None:
        """Deletes the event, and its notification unless that was sent already.

        Raises:
            EventNotFound: the user has no event with this ID.
            VersionMismatch: by `precondition`.
        """
        async with time_limit():
            await self._repository.delete(key, precondition=precondition)

    async def list_overlapping(self, key: ListKey, *, cursor: str | None, limit: int) -> Listing:
        """A page of the events and occurrences that overlap a window, or of those of one series.

        Raises:
            CursorInvalid: `cursor` does not belong to this list.
            EventNotFound, EventNotRecurring: there is no such series.
        """
        after = None if cursor is None else cursors.decode(cursor, key)
        async with time_limit():
            page = await repeat_read(lambda: self._lists.overlapping(key, after=after, limit=limit))
        return Listing(page.items, cursors.encode(page.last, key) if page.last else None)
