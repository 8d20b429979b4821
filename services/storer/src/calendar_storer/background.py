"""What runs beside storing: delivering webhooks, and deleting old notifications.

It has connections to PostgreSQL of its own, so that storing never waits for one.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final

from calendar_storer.config import Settings
from calendar_storer.database import options
from calendar_storer.database.pool import Pool, open_pool
from calendar_storer.observability.metrics import Metrics
from calendar_storer.observability.outages import Outages
from calendar_storer.periodic import run_periodically
from calendar_storer.retention.cleanup import NotificationCleanup
from calendar_storer.webhooks.client import WebhookClient, open_client, tls_context
from calendar_storer.webhooks.deliverer import CONCURRENCY, Deliverer
from calendar_storer.webhooks.monitor import EndpointMonitor
from calendar_storer.webhooks.repository import WebhookRepository

POOL_SIZE: Final = 2
POOL: Final = replace(options.POOL, session={**options.POOL.session, "synchronous_commit": "off"})
"""Nothing waits for the disk: what a crash of PostgreSQL undoes is delivered, or deleted, again."""


class Background:
    """The loops beside storing."""

    def __init__(
        self,
        settings: Settings,
        *,
        is_storing_behind: Callable[[], bool],
        metrics: Metrics,
        outages: Outages,
        stop: asyncio.Event,
    ) -> None:
        """Raises `ConfigError` where the certificates of `storer.webhook_ca_file` are unusable."""
        self._dsn = settings.database.dsn
        self._settings = settings.storer
        self._tls = tls_context(settings.storer.webhook_ca_file)
        self._is_storing_behind = is_storing_behind
        self._metrics = metrics
        self._outages = outages
        self._stop = stop
        metrics.webhooks.create_series(each.name for each in settings.storer.webhooks)

    @property
    def connections(self) -> int:
        """The most connections that are open at a time, to PostgreSQL and to receivers."""
        return POOL_SIZE + CONCURRENCY * len(self._settings.webhooks)

    async def run(self) -> None:
        """Returns after `stop` is set, when deliveries in progress are recorded or given back."""
        async with (
            open_pool(self._dsn, POOL, size=POOL_SIZE) as pool,
            open_client(self._tls) as client,
            asyncio.TaskGroup() as tasks,
        ):
            loops = self._loops(pool, client)
            self._metrics.create_loops(loops)
            for loop in loops.values():
                tasks.create_task(loop)

    def _loops(self, pool: Pool, client: WebhookClient) -> Mapping[str, Coroutine[Any, Any, None]]:
        settings, metrics = self._settings, self._metrics
        periodically = partial(
            run_periodically, stop=self._stop, outages=self._outages, metrics=metrics
        )
        repository = WebhookRepository(pool)
        loops = {}
        for endpoint in settings.webhooks:
            deliverer = Deliverer(
                endpoint,
                repository=repository,
                client=client,
                is_storing_behind=self._is_storing_behind,
                metrics=metrics,
            )
            loops[deliverer.loop] = deliverer.run(stop=self._stop, outages=self._outages)
        if settings.webhooks:
            names = [each.name for each in settings.webhooks]
            monitor = EndpointMonitor(names, repository=repository, metrics=metrics)
            loops["webhooks"] = periodically("webhooks", monitor.step)
        if settings.retention:
            cleanup = NotificationCleanup(
                retention=settings.retention,
                interval=settings.cleanup_interval,
                pool=pool,
                metrics=metrics,
            )
            loops["retention"] = periodically("retention", cleanup.step)
        return loops
