"""Reads the table `notifications`."""

import asyncpg

from calendar_contracts import Notification
from tests.integration.waiting import DEADLINE, eventually

# Nothing that is stored is after an endpoint's position, or claimed, or waits for a retry.
DELIVERED = """
SELECT NOT EXISTS (SELECT FROM deliveries WHERE parked_at IS NULL)
   AND NOT EXISTS (SELECT FROM notifications, webhook_endpoints WHERE arrival > position)
"""


async def everything_is_delivered(connection: asyncpg.Connection) -> None:
    """Returns when each endpoint has accepted every notification that is not parked."""

    async def delivered() -> bool:
        found: bool = await connection.fetchval(DELIVERED)
        return found

    await eventually(delivered)


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
