"""Writes notifications. Knows SQL, knows no Kafka."""

from collections.abc import Sequence

from calendar_contracts import Notification
from calendar_storer import queries
from calendar_storer.database import Pool


class Repository:
    """The table `notifications`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def store(self, notifications: Sequence[Notification]) -> list[float]:
        """Stores what is not stored yet, all or none; gives each new one's lateness in seconds.

        Raises:
            DatabaseUnavailable: nothing is known to be stored; the same may be tried again.
            RowRefused: PostgreSQL refuses one of them, and stored none.
        """
        # Two storers that meet over the same rows lock them in the same order: no deadlock.
        rows = sorted(notifications, key=lambda notification: notification.notification_id)
        async with self._pool.acquire() as connection:
            stored = await connection.fetch(
                queries.STORE_NOTIFICATIONS,
                [row.notification_id for row in rows],
                [row.event_id for row in rows],
                [row.title for row in rows],
                [row.event_date.isoformat() for row in rows],
                [row.user_id for row in rows],
                [row.notify_at.isoformat() for row in rows],
            )
        return [row["seconds_late"] for row in stored]

    async def probe(self) -> None:
        """Returns where PostgreSQL answers and the table is there.

        Raises:
            DatabaseUnavailable: it does not.
            TableMissing: it answers, but the table is not there.
        """
        async with self._pool.acquire() as connection:
            await connection.execute(queries.PROBE)
