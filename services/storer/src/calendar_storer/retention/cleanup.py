"""The loop "retention": deletes notifications that were stored long ago, in small batches."""

from datetime import timedelta
from typing import Final

import structlog

from calendar_storer.database.pool import Pool
from calendar_storer.observability.metrics import Metrics
from calendar_storer.retention import statements

log = structlog.stdlib.get_logger(__name__)

BATCH_SIZE: Final = 500
PAUSE_SECONDS: Final = 0.05
"""Pause between two batches, so that a long cleanup does not slow down other clients."""


class NotificationCleanup:
    """Deletes all old notifications once per `interval`."""

    def __init__(
        self, *, retention: timedelta, interval: timedelta, pool: Pool, metrics: Metrics
    ) -> None:
        self._retention_seconds = retention.total_seconds()
        self._interval_seconds = interval.total_seconds()
        self._pool = pool
        self._metrics = metrics
        self._deleted = 0

    async def step(self) -> float:
        """Delete one batch; return the seconds until the next step.

        Raises:
            DatabaseUnavailable: PostgreSQL failed; the batch may have been deleted.
        """
        deleted = await self._delete_batch()
        self._metrics.notifications_deleted.inc(deleted)
        self._deleted += deleted
        if deleted == BATCH_SIZE:
            return PAUSE_SECONDS
        if self._deleted:
            log.info("old_notifications_deleted", count=self._deleted)
            self._deleted = 0
        return self._interval_seconds

    async def _delete_batch(self) -> int:
        async with self._pool.acquire() as connection:
            status = await connection.execute(
                statements.DELETE_OLD_NOTIFICATIONS, self._retention_seconds, BATCH_SIZE
            )
        return int(status.removeprefix("DELETE "))
