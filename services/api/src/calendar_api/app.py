"""Where the API is put together, run and stopped."""

import asyncio
import gc
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final

from fastapi import FastAPI
from uvicorn.loops.auto import auto_loop_factory

from calendar_api import lifecycle, zones
from calendar_api.config import Settings
from calendar_api.database import options
from calendar_api.database.pool import check_dsn, open_pool
from calendar_api.errors import DatabaseUnavailable
from calendar_api.events import endpoints as event_routes
from calendar_api.events.batch_reader import BATCH_PATH, MAX_BATCH_BODY
from calendar_api.events.repository import EventRepository
from calendar_api.events.service import EventService
from calendar_api.listing import endpoints as list_routes
from calendar_api.listing.repository import ListingRepository
from calendar_api.observability import health, metrics
from calendar_api.observability.outages import Outages
from calendar_api.occurrences import endpoints as occurrence_routes
from calendar_api.occurrences.repository import OccurrenceRepository
from calendar_api.occurrences.service import OccurrenceService
from calendar_api.periodic import run_periodically
from calendar_api.planning.planner import Planner
from calendar_api.planning.repository import PlanningRepository
from calendar_api.web import server
from calendar_api.web.application import application, middlewares
from calendar_api.web.connection_limits import MAX_CONNECTIONS
from calendar_api.web.handlers import HANDLERS
from calendar_api.web.open_files import allowed_connections

DRAIN_SECONDS: Final = 5
"""For requests in progress when the signal comes. Each may take at most that long anyway."""
STOP_SECONDS: Final = (
    DRAIN_SECONDS
    + lifecycle.SERVER_STOP_SECONDS
    + options.POOL.acquire_seconds  # Closing the connections of readiness check and planner.
    + options.POOL.close_seconds
)
"""From the signal to the exit, where everything takes as long as it may."""
GARBAGE_OBJECTS: Final = 10_000
"""New objects after which Python looks for cycles among them. Requests in progress have more than
the default of 700 and no cycles: looking took an eighth of a small request's time."""


def run(settings: Settings) -> int:
    """Run until SIGTERM or SIGINT, then finish the requests in progress. Returns the exit code.

    Raises:
        ConfigError: a setting turns out to be unusable.
    """
    # What exists now stays: no need to look through it for garbage again and again.
    gc.freeze()
    gc.set_threshold(GARBAGE_OBJECTS)
    return lifecycle.run(
        partial(serve, settings),
        settings.http,
        loop_factory=auto_loop_factory(),
        tzdata=zones.RULES_VERSION,
    )


async def serve(settings: Settings, listener: socket.socket, stop: asyncio.Event) -> None:
    """Serve HTTP until `stop` is set."""
    await check_dsn(settings.database.dsn)
    connections = allowed_connections(MAX_CONNECTIONS, pool_size=settings.pool_size)
    async with server.serve(
        api(settings, stop),
        listener,
        stop,
        connections=connections,
        drain_seconds=DRAIN_SECONDS,
    ):
        await stop.wait()


def api(settings: Settings, stop: asyncio.Event) -> FastAPI:
    """The REST API over the database that the settings name."""
    planning_metrics = metrics.Metrics()
    registry = planning_metrics.registry
    outages = Outages({"database": settings.database.address})
    readiness = health.Readiness(outages, stop)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[dict[str, Any]]:
        async with (
            open_pool(settings.database.dsn, options.POOL, size=settings.pool_size) as pool,
            asyncio.TaskGroup() as tasks,
        ):
            registry.register(metrics.PoolCollector(pool))
            repository = EventRepository(pool)
            readiness.add("database", repository.probe, reports=DatabaseUnavailable)
            planner = Planner(PlanningRepository(pool), planning_metrics)
            loops = {"refill": planner.refill, "zone_rules": planner.follow_zone_rules}
            background = [
                tasks.create_task(readiness.watch()),
                *(
                    tasks.create_task(
                        run_periodically(
                            name, step, stop=stop, outages=outages, metrics=planning_metrics
                        )
                    )
                    for name, step in loops.items()
                ),
            ]
            yield {
                "service": EventService(repository, ListingRepository(pool)),
                "occurrences": OccurrenceService(OccurrenceRepository(repository)),
            }
            for task in background:
                task.cancel()

    return application(
        title="Calendar",
        routers=(list_routes.router, event_routes.router, occurrence_routes.router),
        health=health.routes(readiness, registry),
        middleware=middlewares(
            registry,
            cors_origins=settings.http.cors_origins,
            body_limits={BATCH_PATH: MAX_BATCH_BODY},
        ),
        handlers=HANDLERS,
        lifespan=lifespan,
    )
