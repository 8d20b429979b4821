"""Reads and acknowledges notifications. Knows SQL, knows no HTTP."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from calendar_storer.database.pool import Pool
from calendar_storer.errors import NotificationNotFound
from calendar_storer.inbox import statements
from calendar_storer.inbox.cursors import START, Position, end_of


class Page(NamedTuple):
    """Notifications as JSON, in the order of arrival."""

    documents: Sequence[str]
    end: Position
    """That of the last one; of an empty page, where to look for more."""


class InboxRepository:
    """The table `notifications`, by user. All methods raise `DatabaseUnavailable`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def list(
        self, user_id: str, *, after: Position | None, limit: int, unacknowledged: bool
    ) -> Page:
        """The first notifications of a user after a position, or of all."""
        sql = statements.LIST_UNACKNOWLEDGED if unacknowledged else statements.LIST
        start = after or START
        async with self._pool.acquire(reads_only=True) as connection:
            rows = await connection.fetch(sql, user_id, *start, limit)
            if not rows and after is None:
                # The end, and then once more: what arrives in between is in the list.
                start = await _end(connection)
                rows = await connection.fetch(sql, user_id, *START, limit)
        return Page(rows[0]["documents"], Position.of(rows[0])) if rows else Page((), start)

    async def end(self) -> Position:
        """The position after the notifications of all users. Later ones arrive after it."""
        async with self._pool.acquire(reads_only=True) as connection:
            return await _end(connection)

    async def acknowledge(self, user_id: str, notification_id: UUID) -> str:
        """Sets when it was acknowledged, if it was not before; returns the notification as JSON.

        When it returns, that is as durable as `synchronous_commit` demands.

        Raises:
            NotificationNotFound: the user has no such notification.
        """
        key = (notification_id, user_id)
        async with self._pool.acquire() as connection:
            document: str | None = await connection.fetchval(statements.ACKNOWLEDGE, *key)
            document = document or await connection.fetchval(statements.GET_ACKNOWLEDGED, *key)
        if document is None:
            raise NotificationNotFound
        return document


async def _end(connection: Any) -> Position:
    return end_of(await connection.fetchval(statements.END))
