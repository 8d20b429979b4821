"""Where the Storer is put together, run and stopped."""

import asyncio
import gc
import socket
from functools import partial
from typing import TYPE_CHECKING, Final

from calendar_storer import lifecycle
from calendar_storer.api import api
from calendar_storer.config import Settings
from calendar_storer.database import options
from calendar_storer.database.pool import check_dsn, open_pool
from calendar_storer.dead_letters.writer import DeadLetterWriter
from calendar_storer.drain import drain
from calendar_storer.errors import BrokerUnavailable, DatabaseUnavailable, Unavailable
from calendar_storer.kafka.assignment import Assignment
from calendar_storer.kafka.broker import CLIENT_STOP_SECONDS, Broker
from calendar_storer.notifications.consumer import Consumer
from calendar_storer.notifications.repository import Repository
from calendar_storer.observability import health
from calendar_storer.observability.metrics import Metrics
from calendar_storer.observability.outages import Outages
from calendar_storer.streams.hub import MAX_STREAMS
from calendar_storer.streams.stream import POOL_SIZE
from calendar_storer.web import server
from calendar_storer.web.connection_limits import MAX_CONNECTIONS
from calendar_storer.web.open_files import allowed_connections
from calendar_storer.webhooks.repository import WebhookRepository

if TYPE_CHECKING:
    from calendar_storer.background import Background

DRAIN_SECONDS: Final = 2.5
"""For the batch in progress. One that is cut short is fetched again by the next owner of its
partitions."""
HTTP_DRAIN_SECONDS: Final = 5
"""For requests in progress when the signal comes. Each may take at most that long anyway."""
STOP_SECONDS: Final = (
    max(
        # Requests and streams have a pool each.
        HTTP_DRAIN_SECONDS + lifecycle.SERVER_STOP_SECONDS + 2 * options.POOL.close_seconds,
        DRAIN_SECONDS
        # The producer of dead letters, or the connection of a batch that was cut short.
        + max(CLIENT_STOP_SECONDS, options.POOL.acquire_seconds)
        + CLIENT_STOP_SECONDS,  # The consumer.
    )
    + options.POOL.close_seconds
)
"""From the signal to the exit, where everything takes as long as it may."""
GARBAGE_OBJECTS: Final = 50_000
"""New objects after which Python looks for cycles among them. Two batches have more than the
default of 700 and no cycles: looking took a sixth of a backlog's time."""


def run(settings: Settings) -> int:
    """Run until SIGTERM or SIGINT, then finish the current batch. Returns the exit code.

    Raises:
        ConfigError: a setting turns out to be unusable.
    """
    # What exists now stays: no need to look through it for garbage again and again.
    gc.freeze()
    gc.set_threshold(GARBAGE_OBJECTS)
    return lifecycle.run(partial(serve, settings), settings.http, topic=settings.kafka.topic)


async def serve(settings: Settings, listener: socket.socket, stop: asyncio.Event) -> None:
    """Store and deliver notifications until `stop` is set."""
    await check_dsn(settings.database.dsn)
    metrics = Metrics()
    outages = Outages(
        {"database": settings.database.address, "broker": settings.kafka.bootstrap_servers},
        failures=metrics.failures,
        away=metrics.waiting,
    )
    assignment = Assignment(metrics)
    broker = Broker(settings.kafka)
    readiness = health.Readiness(outages, stop)

    async def check_group() -> None:
        if not assignment.joined:
            raise Unavailable("not joined")

    async with open_pool(
        settings.database.dsn, options.POOL, size=settings.database.pool_size
    ) as pool:
        repository = Repository(pool)
        endpoints = WebhookRepository(pool)
        readiness.add("database", repository.probe, reports=DatabaseUnavailable)
        readiness.add("broker", broker.topics, reports=BrokerUnavailable)
        readiness.add("group", check_group)
        consumer = Consumer(
            broker=broker,
            repository=repository,
            prepare=partial(endpoints.register, [each.name for each in settings.storer.webhooks]),
            dead_letters=DeadLetterWriter(broker, metrics),
            assignment=assignment,
            outages=outages,
            metrics=metrics,
            settings=settings.storer,
            stop=stop,
        )
        beside = _background(settings, consumer, metrics=metrics, outages=outages, stop=stop)
        async with (
            server.serve(
                api(
                    settings,
                    health.routes(readiness, metrics.registry),
                    outages=outages,
                    metrics=metrics,
                    stop=stop,
                ),
                listener,
                stop,
                connections=_allowed_connections(settings, beside),
                drain_seconds=HTTP_DRAIN_SECONDS,
            ),
            drain(stop, DRAIN_SECONDS),
            asyncio.TaskGroup() as tasks,
        ):
            tasks.create_task(readiness.watch())
            if beside:
                tasks.create_task(beside.run())
            await consumer.run()


def _background(
    settings: Settings,
    consumer: Consumer,
    *,
    metrics: Metrics,
    outages: Outages,
    stop: asyncio.Event,
) -> "Background | None":
    """What runs beside storing, if there is anything."""
    storer = settings.storer
    if not (storer.webhooks or storer.webhook_ca_file or storer.retention):
        return None
    # Imported here because the HTTP client takes 7 MB.
    from calendar_storer.background import Background  # noqa: PLC0415

    return Background(
        settings,
        is_storing_behind=lambda: consumer.is_behind,
        metrics=metrics,
        outages=outages,
        stop=stop,
    )


def _allowed_connections(settings: Settings, beside: "Background | None") -> int:
    pools = settings.database.pool_size + settings.storer.request_pool_size + POOL_SIZE
    others = pools + (beside.connections if beside else 0)
    return allowed_connections(MAX_CONNECTIONS + MAX_STREAMS, pool_size=others)
