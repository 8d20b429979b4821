"""A sender that a test steps by hand."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from tests.integration.tables import Tables
from tests.integration.waiting import eventually

from calendar_scheduler.config import Settings
from calendar_scheduler.database import options
from calendar_scheduler.database.pool import open_pool
from calendar_scheduler.errors import Unavailable
from calendar_scheduler.metrics import Metrics
from calendar_scheduler.publisher import Publisher, publisher
from calendar_scheduler.repository import Repository
from calendar_scheduler.sender import Sender


@dataclass
class Running:
    """A sender that a test steps by hand, and its parts."""

    sender: Sender
    repository: Repository
    publisher: Publisher
    metrics: Metrics

    def metric(self, name: str, **labels: str) -> float:
        value = self.metrics.registry.get_sample_value(f"calendar_scheduler_{name}", labels)
        assert value is not None, name
        return value

    async def send_all(self, tables: Tables) -> None:
        """Steps, through outages, until nothing is left to be sent."""

        async def is_sent() -> bool:
            with suppress(Unavailable):
                await self.sender.step()
            return not await tables.pending()

        await eventually(is_sent)


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Running]:
    async with (
        open_pool(settings.database.dsn, options.POOL, size=settings.database.pool_size) as pool,
        publisher(settings.kafka) as opened,
    ):
        repository, metrics = Repository(pool), Metrics()
        sender = Sender(
            settings.scheduler, repository=repository, publisher=opened, metrics=metrics
        )
        yield Running(sender, repository, opened, metrics)
