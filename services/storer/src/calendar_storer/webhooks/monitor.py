"""The loop "webhooks": measures what the endpoints have not accepted yet."""

from collections.abc import Sequence
from typing import Final

from calendar_storer.observability.metrics import Metrics
from calendar_storer.webhooks.repository import WebhookRepository

INTERVAL_SECONDS: Final = 5.0


class EndpointMonitor:
    """Updates the gauges. A loop of its own, so that it reports a stuck deliverer, too."""

    def __init__(
        self, endpoints: Sequence[str], *, repository: WebhookRepository, metrics: Metrics
    ) -> None:
        self._endpoints = frozenset(endpoints)
        self._repository = repository
        self._metrics = metrics.webhooks

    async def step(self) -> float:
        """Measure once; return the seconds until the next step.

        Raises:
            DatabaseUnavailable: the gauges keep their values.
        """
        for state in await self._repository.states(counted=1):
            if state.name in self._endpoints:
                self._metrics.oldest.labels(state.name).set(state.oldest or 0)
                self._metrics.parked.labels(state.name).set(state.parked)
                self._metrics.disabled.labels(state.name).set(state.disabled_at is not None)
        return INTERVAL_SECONDS
