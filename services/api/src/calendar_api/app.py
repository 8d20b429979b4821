"""The application, wired in one place."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from calendar_api import health
from calendar_api.config import Settings
from calendar_api.database import options
from calendar_api.database.pool import open_pool
from calendar_api.events import endpoints as routes
from calendar_api.events.repository import EventRepository
from calendar_api.events.service import EventService
from calendar_api.health import Readiness
from calendar_api.listing import endpoints as list_routes
from calendar_api.listing.repository import ListingRepository
from calendar_api.observability import metrics
from calendar_api.web import openapi, problems
from calendar_api.web.edge import Edge
from calendar_api.web.shortcuts import Shortcuts


def api(settings: Settings) -> FastAPI:
    """The REST API over the database that the settings name."""
    registry = metrics.registry()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[dict[str, Any]]:
        async with open_pool(settings.database.dsn, options.POOL, size=settings.pool_size) as pool:
            registry.register(metrics.PoolCollector(pool))
            repository = EventRepository(pool)
            readiness = Readiness(repository)
            await readiness.check()
            yield {
                "service": EventService(repository, ListingRepository(pool)),
                "readiness": readiness,
                "registry": registry,
            }

    app = FastAPI(
        title="Calendar",
        lifespan=lifespan,
        redirect_slashes=False,
        redoc_url=None,
        # Nothing exports it, and to look whether anything does takes a twelfth of a small request.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    # Not `include_router`, which makes the routes anew, of their paths: ours differ in more.
    for router in (list_routes.router, routes.router, health.router):
        app.router.routes += router.routes
    problems.install(app)
    document = openapi.document()
    app.openapi = lambda: document  # type: ignore[method-assign] # as FastAPI's manual has it
    # What is added last is outermost: even what the edge refuses is counted.
    app.add_middleware(Shortcuts, app.routes)
    app.add_middleware(Edge, metrics.Requests(app.routes, registry))
    return app
