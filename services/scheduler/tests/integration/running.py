"""A scheduler whose steps a test calls itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from tests.integration.tables import Tables
from tests.integration.waiting import eventually

from calendar_scheduler.config import Settings
from calendar_scheduler.database import options
from calendar_scheduler.database.pool import Pool, open_pool
from calendar_scheduler.errors import Unavailable
from calendar_scheduler.kafka.producer import NotificationProducer, notification_producer
from calendar_scheduler.observability.metrics import Metrics
from calendar_scheduler.reminders.backlog import BacklogMonitor
from calendar_scheduler.reminders.poller import ReminderPoller
from calendar_scheduler.reminders.repository import ReminderRepository


@dataclass
class Running:
    """A scheduler whose steps a test calls itself, and its parts."""

    poller: ReminderPoller
    backlog: BacklogMonitor
    repository: ReminderRepository
    producer: NotificationProducer
    pool: Pool
    metrics: Metrics

    def metric(self, name: str, **labels: str) -> float:
        value = self.metrics.registry.get_sample_value(f"calendar_scheduler_{name}", labels)
        assert value is not None, name
        return value

    async def send_all(self, tables: Tables) -> None:
        """Call steps, through outages, until no reminder is left."""

        async def is_sent() -> bool:
            with suppress(Unavailable):
                await self.poller.step()
            return not await tables.pending()

        await eventually(is_sent)


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Running]:
    async with (
        open_pool(settings.database.dsn, options.POOL, size=settings.database.pool_size) as pool,
        notification_producer(settings.kafka) as producer,
    ):
        repository, metrics = ReminderRepository(pool), Metrics()
        poller = ReminderPoller(
            settings.scheduler, repository=repository, producer=producer, metrics=metrics
        )
        backlog = BacklogMonitor(repository=repository, metrics=metrics)
        yield Running(poller, backlog, repository, producer, pool, metrics)
