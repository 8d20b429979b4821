"""The loop "backlog": measures the reminders that wait to be published."""

from typing import Final

from calendar_scheduler.observability.metrics import Metrics
from calendar_scheduler.reminders.repository import ReminderRepository

INTERVAL_SECONDS: Final = 5.0


class BacklogMonitor:
    """Updates the backlog's gauges. A loop of its own, so that it reports a stuck poller too."""

    def __init__(self, *, repository: ReminderRepository, metrics: Metrics) -> None:
        self._repository = repository
        self._metrics = metrics

    async def step(self) -> float:
        """Measure once; return the seconds until the next step.

        Raises:
            DatabaseUnavailable: the gauges keep their values.
        """
        backlog = await self._repository.backlog()
        self._metrics.due_reminders.set(backlog.due)
        self._metrics.oldest_due.set(backlog.oldest)
        self._metrics.parked_reminders.set(backlog.parked)
        return INTERVAL_SECONDS
