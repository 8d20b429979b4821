"""What a user can do with notifications. Knows neither HTTP nor SQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from calendar_storer.database.time_limit import repeat_read, time_limit
from calendar_storer.inbox import cursors
from calendar_storer.inbox.repository import InboxRepository


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of notifications as JSON, and the cursor after it."""

    items: Sequence[str]
    next_cursor: str


class InboxService:
    """The notifications of all users; each call is limited to one user's.

    All methods raise `DatabaseUnavailable` if the database is away or too slow.
    """

    def __init__(self, repository: InboxRepository) -> None:
        self._repository = repository

    async def list(
        self, user_id: str, *, after: str | None, limit: int, unacknowledged: bool
    ) -> Listing:
        """The first notifications after a cursor, in the order of arrival; or of all.

        Raises:
            CursorInvalid: this API did not give it out.
        """
        position = None if after is None else cursors.decode(after)
        async with time_limit():
            page = await repeat_read(
                lambda: self._repository.list(
                    user_id, after=position, limit=limit, unacknowledged=unacknowledged
                )
            )
        return Listing(page.documents, cursors.encode(page.end))

    async def acknowledge(self, user_id: str, notification_id: UUID) -> str:
        """Acknowledges a notification, once; returns it as JSON.

        Raises:
            NotificationNotFound: the user has no such notification.
        """
        async with time_limit():
            # A second time changes nothing.
            return await repeat_read(lambda: self._repository.acknowledge(user_id, notification_id))
