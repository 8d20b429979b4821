"""Writes notifications. Knows SQL, knows no Kafka."""

from collections.abc import Sequence
from operator import itemgetter
from typing import Final

from calendar_storer import queries
from calendar_storer.database.pool import Pool
from calendar_storer.records import Row

COLUMNS: Final = ("notification_id", "event_id", "title", "event_date", "user_id", "notify_at")
"""In the order in which the statement takes them."""


class Repository:
    """The table `notifications`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def store(self, rows: Sequence[Row]) -> list[float]:
        """Stores what is not stored yet, all or none; gives each new one's lateness in seconds.

        Returns when all rows are as durable as `synchronous_commit` asks, those also that an
        earlier call stored without waiting for the standby.

        Raises:
            DatabaseUnavailable: nothing is known to be stored; the same may be tried again.
            RowRejected: PostgreSQL refuses one of them, and stored none.
        """
        # Two storers that meet over the same rows lock them in the same order: no deadlock.
        in_order = sorted(rows, key=itemgetter("notification_id"))
        columns = [[row[column] for row in in_order] for column in COLUMNS]
        async with self._pool.acquire() as connection:
            late: list[float] = await connection.fetchval(queries.STORE_NOTIFICATIONS, *columns)
        return late

    async def probe(self) -> None:
        """Returns where PostgreSQL accepts writes and the table is there.

        Raises:
            DatabaseUnavailable: it does not.
            TablesMissing: it answers, but the table is not there.
        """
        await self._pool.probe(queries.PROBE)
