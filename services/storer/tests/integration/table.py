"""Reads the table `notifications`."""

import asyncpg

from calendar_contracts import Notification
from tests.integration.waiting import DEADLINE, eventually


class Table:
    """Read through a connection of the test's own."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection

    async def rows(self) -> list[Notification]:
        records = await self.connection.fetch(
            "SELECT notification_id, event_id, title, event_date, user_id, notify_at, recurrence_id"
            " FROM notifications ORDER BY stored_at"
        )
        return [Notification(**dict(record)) for record in records]

    async def has(self, sent: list[Notification], *, seconds: float = DEADLINE) -> None:
        """Returns when exactly `sent` is stored, each once."""

        async def stored() -> bool:
            count: int = await self.connection.fetchval("SELECT count(*) FROM notifications")
            return count >= len(sent)

        await eventually(stored, seconds=seconds)
        by_id = lambda each: each.notification_id  # noqa: E731
        assert sorted(await self.rows(), key=by_id) == sorted(sent, key=by_id)
