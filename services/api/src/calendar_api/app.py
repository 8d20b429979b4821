"""Where the API is put together, run and stopped."""

import asyncio
import gc
import socket
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final

import uvicorn
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from starlette.middleware import Middleware
from starlette.routing import Route
from uvicorn.loops.auto import auto_loop_factory

from calendar_api import lifecycle, zones
from calendar_api.config import Settings
from calendar_api.database import options
from calendar_api.database.pool import check_dsn, open_pool
from calendar_api.errors import DatabaseUnavailable
from calendar_api.events import endpoints as event_routes
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
from calendar_api.web import docs, problems
from calendar_api.web.bodies import BodyMiddleware
from calendar_api.web.compression import CompressionMiddleware
from calendar_api.web.connection_limits import IDLE_SECONDS, ConnectionLimits
from calendar_api.web.cors import cors
from calendar_api.web.head import HeadMiddleware
from calendar_api.web.middleware import (
    AccessMiddleware,
    ErrorMiddleware,
    InFlightMiddleware,
    RequestIdMiddleware,
)
from calendar_api.web.open_files import allowed_connections
from calendar_api.web.route import fixed_paths_first
from calendar_api.web.uvicorn_internals import http_protocol

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
    limits = ConnectionLimits(allowed_connections(settings.pool_size))
    config = uvicorn.Config(
        api(settings, stop),
        http=http_protocol(limits),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=IDLE_SECONDS,  # uvicorn's own limit cannot be turned off
        timeout_graceful_shutdown=DRAIN_SECONDS,
        backlog=2048,
    )
    server = lifecycle.Server(config)

    async def exit_on_stop() -> None:
        await stop.wait()
        server.should_exit = True

    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(exit_on_stop())
        await server.serve(sockets=[listener])
        waiting.cancel()
    if not stop.is_set():
        raise RuntimeError("the HTTP server ended, and nothing had stopped it")


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

    app = FastAPI(
        title="Calendar",
        lifespan=lifespan,
        redirect_slashes=False,
        openapi_url=None,
        # Nothing exports it, and to check whether anything does takes a twelfth of a small request.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        exception_handlers=problems.HANDLERS,
        middleware=middlewares(registry, settings.http.cors_origins),
    )
    routers = (list_routes.router, event_routes.router, occurrence_routes.router)
    routes = [route for router in routers for route in router.routes]
    # Routes are tried one after the other: those of users come first.
    app.router.routes[:0] = fixed_paths_first([each for each in routes if isinstance(each, Route)])
    app.router.routes += [*health.routes(readiness, registry), *docs.routes()]
    return app


def middlewares(
    registry: CollectorRegistry, cors_origins: Collection[str] = ()
) -> list[Middleware]:
    """What surrounds the application, the outermost first."""
    return [
        Middleware(RequestIdMiddleware),
        Middleware(AccessMiddleware, metrics.RequestMetrics(registry)),
        # Outside of all that may refuse a request: a page may read the error.
        *([cors(cors_origins)] if cors_origins else []),
        Middleware(ErrorMiddleware),
        # A client that is slow to send its body does not count as a request in flight.
        Middleware(BodyMiddleware),
        Middleware(InFlightMiddleware),
        Middleware(CompressionMiddleware),
        Middleware(HeadMiddleware),
    ]
