"""Deletes events that are over for longer than the retention, a few at a time."""

from typing import Final

import structlog

from calendar_scheduler.config import Scheduler
from calendar_scheduler.metrics import Metrics
from calendar_scheduler.repository import Repository

log = structlog.stdlib.get_logger(__name__)

BATCH_SIZE: Final = 500
PAUSE_SECONDS: Final = 0.05
"""Between two batches, so that a long clean-up leaves the database to the others."""


class Retention:
    """The loop "retention": all that is old each `cleanup_interval`."""

    def __init__(self, settings: Scheduler, *, repository: Repository, metrics: Metrics) -> None:
        self._retention = settings.retention
        self._interval_seconds = settings.cleanup_interval.total_seconds()
        self._repository = repository
        self._metrics = metrics
        self._deleted = 0

    async def step(self) -> float:
        """Deletes one batch; the seconds until the next.

        Raises:
            DatabaseUnavailable: nothing was deleted, or perhaps.
        """
        deleted = await self._repository.delete_old_events(self._retention, limit=BATCH_SIZE)
        self._metrics.events_deleted.inc(deleted)
        self._deleted += deleted
        if deleted == BATCH_SIZE:
            return PAUSE_SECONDS
        if self._deleted:
            log.info("old_events_deleted", count=self._deleted)
            self._deleted = 0
        return self._interval_seconds
