"""Writes notifications. Knows SQL, knows no Kafka."""

from collections.abc import Sequence
from typing import Final

from calendar_storer.database.pool import Pool
from calendar_storer.notifications import statements
from calendar_storer.notifications.records import Row

COLUMNS: Final = (
    *("notification_id", "event_id", "title", "event_date", "user_id", "notify_at"),
    "recurrence_id",
)
"""In the order of the statement's parameters."""


class Repository:
    """The table `notifications`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def store(self, rows: Sequence[Row]) -> list[float]:
        """Stores the rows that are not there yet, all or none; returns the lateness of each.

        Their `stored_at` has the order of `rows`.

        When it returns, all rows are as durable as `synchronous_commit` demands, also those that
        an earlier call stored without waiting for the standby.

        Raises:
            DatabaseUnavailable: nothing is known to be stored; the same may be tried again.
            RowRejected: PostgreSQL refuses one of them, and stored none.
        """
        columns = [[row[column] for row in rows] for column in COLUMNS]
        async with self._pool.acquire() as connection:
            late: list[float] = await connection.fetchval(statements.STORE_NOTIFICATIONS, *columns)
        return late

    async def probe(self) -> None:
        """Checks that PostgreSQL accepts writes and the table is there.

        Raises:
            DatabaseUnavailable: it does not.
            TablesMissing: it answers, but the table is not there.
        """
        await self._pool.probe(statements.PROBE)
