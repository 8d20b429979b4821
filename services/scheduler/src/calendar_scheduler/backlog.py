"""Measures what waits to be sent."""

from typing import Final

from calendar_scheduler.metrics import Metrics
from calendar_scheduler.repository import Repository

INTERVAL_SECONDS: Final = 5.0


class BacklogGauge:
    """The loop "backlog". On its own, so that it also tells of a sender that is stuck."""

    def __init__(self, *, repository: Repository, metrics: Metrics) -> None:
        self._repository = repository
        self._metrics = metrics

    async def step(self) -> float:
        """Measures once; the seconds until the next time.

        Raises:
            DatabaseUnavailable: the figures stay as they were.
        """
        backlog = await self._repository.backlog()
        self._metrics.due_reminders.set(backlog.due)
        self._metrics.oldest_due.set(backlog.oldest)
        self._metrics.parked_reminders.set(backlog.parked)
        return INTERVAL_SECONDS
