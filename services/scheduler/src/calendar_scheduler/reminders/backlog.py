"""The loop "backlog": measures the reminders that wait, and lets parked series go on."""

from typing import Final

import structlog

from calendar_scheduler.observability.metrics import Metrics
from calendar_scheduler.reminders.repository import ReminderRepository

log = structlog.stdlib.get_logger(__name__)

INTERVAL_SECONDS: Final = 5.0
PARKED_SECONDS: Final = 300.0
"""How long a reminder is parked at least, so that monitoring sees it."""
RESUMED_SERIES: Final = 500
"""At most, in one step."""


class BacklogMonitor:
    """Updates the backlog's gauges. A loop of its own, so that it reports a stuck poller too.

    One reminder that cannot be published must not silence its series for ever: when the next one
    is due, the series goes on with that, and the parked one is given up.
    """

    def __init__(self, *, repository: ReminderRepository, metrics: Metrics) -> None:
        self._repository = repository
        self._metrics = metrics

    async def step(self) -> float:
        """Measure once, resume series; return the seconds until the next step.

        Raises:
            DatabaseUnavailable: the gauges keep their values.
        """
        backlog = await self._repository.backlog()
        self._metrics.due_reminders.set(backlog.due)
        self._metrics.oldest_due.set(backlog.oldest)
        self._metrics.parked_reminders.set(backlog.parked)
        if backlog.parked:
            await self._resume_series()
        return INTERVAL_SECONDS

    async def _resume_series(self) -> None:
        resumed = await self._repository.resume_series(
            parked_seconds=PARKED_SECONDS, limit=RESUMED_SERIES
        )
        for event_id in resumed:
            log.warning("parked_series_resumed", event_id=str(event_id))
