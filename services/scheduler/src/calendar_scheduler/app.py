"""Where the Scheduler is put together, run and stopped."""

import asyncio
import gc
import socket
from functools import partial
from typing import Final

from calendar_scheduler import lifecycle, periodic
from calendar_scheduler.config import Settings
from calendar_scheduler.database import options
from calendar_scheduler.database.pool import check_dsn, open_pool
from calendar_scheduler.drain import drain
from calendar_scheduler.kafka import producer_internals
from calendar_scheduler.kafka.producer import notification_producer
from calendar_scheduler.observability import health, health_server
from calendar_scheduler.observability.metrics import Metrics
from calendar_scheduler.observability.outages import Outages
from calendar_scheduler.reminders.backlog import BacklogMonitor
from calendar_scheduler.reminders.poller import ReminderPoller
from calendar_scheduler.reminders.repository import ReminderRepository
from calendar_scheduler.retention.cleanup import EventCleanup

DRAIN_SECONDS: Final = 2.5
"""For the batches in progress. The rows of one that is cut short are free again when its connection
is closed."""
STOP_SECONDS: Final = (
    DRAIN_SECONDS
    + options.POOL.acquire_seconds  # Closing the connection of a batch that was cut short.
    + health_server.STOP_SECONDS
    + 2 * producer_internals.CLOSE_SECONDS  # Its stop, then its connections.
    + options.POOL.close_seconds
)
"""From the signal to the exit, where everything takes as long as it may."""
GARBAGE_OBJECTS: Final = 10_000
"""New objects after which Python looks for cycles among them. A batch has more than the default of
700 and no cycles: looking took a tenth of the time."""


def run(settings: Settings) -> int:
    """Run until SIGTERM or SIGINT. Returns the exit code.

    Raises:
        ConfigError: a setting turns out to be unusable.
    """
    # What exists now stays: no need to look through it for garbage again and again.
    gc.freeze()
    gc.set_threshold(GARBAGE_OBJECTS)
    return lifecycle.run(partial(serve, settings), settings.http)


async def serve(settings: Settings, listener: socket.socket, stop: asyncio.Event) -> None:
    """Publish reminders and delete old events until `stop` is set."""
    await check_dsn(settings.database.dsn)
    metrics = Metrics()
    outages = Outages(
        {"database": settings.database.address, "broker": settings.kafka.bootstrap_servers}
    )
    readiness = health.Readiness(outages, stop)
    async with (
        open_pool(settings.database.dsn, options.POOL, size=settings.database.pool_size) as pool,
        notification_producer(settings.kafka) as producer,
    ):
        repository = ReminderRepository(pool)
        # Outages are reported by the loops, which need both servers all the time.
        readiness.add("database", repository.check)
        readiness.add("broker", producer.check)
        steps = {
            "reminders": ReminderPoller(
                settings.scheduler, repository=repository, producer=producer, metrics=metrics
            ).step,
            "retention": EventCleanup(settings.scheduler, pool=pool, metrics=metrics).step,
            "backlog": BacklogMonitor(repository=repository, metrics=metrics).step,
        }
        async with (
            health_server.serve(health.routes(readiness, metrics.registry), listener),
            drain(stop, DRAIN_SECONDS),
            asyncio.TaskGroup() as tasks,
        ):
            for name, step in steps.items():
                tasks.create_task(
                    periodic.run_periodically(
                        name, step, stop=stop, outages=outages, metrics=metrics
                    )
                )
