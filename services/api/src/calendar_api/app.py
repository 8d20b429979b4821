"""The application, wired in one place."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from starlette.middleware import Middleware
from starlette.routing import Route

from calendar_api import database, health
from calendar_api.config import Settings
from calendar_api.events import endpoints as routes
from calendar_api.events.repository import Repository
from calendar_api.events.service import Service
from calendar_api.health import Readiness
from calendar_api.listing import endpoints as list_routes
from calendar_api.listing.repository import Lists
from calendar_api.observability import metrics
from calendar_api.web import openapi, problems
from calendar_api.web.bodies import BodyMiddleware
from calendar_api.web.middleware import (
    AccessMiddleware,
    ErrorMiddleware,
    InFlightMiddleware,
    RequestIdMiddleware,
)
from calendar_api.web.route import fixed_paths_first


def api(settings: Settings) -> FastAPI:
    """The REST API over the database that the settings name."""
    registry = metrics.registry()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[dict[str, Any]]:
        async with database.pool(settings.database, size=settings.pool_size) as pool:
            registry.register(metrics.PoolCollector(pool))
            repository = Repository(pool)
            readiness = Readiness(repository)
            await readiness.check()
            yield {
                "service": Service(repository, Lists(pool)),
                "readiness": readiness,
                "registry": registry,
            }

    app = FastAPI(
        title="Calendar",
        lifespan=lifespan,
        redirect_slashes=False,
        redoc_url=None,
        # Nothing exports it, and to check whether anything does takes a twelfth of a small request.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        exception_handlers=problems.HANDLERS,
        middleware=middlewares(registry),
    )
    routers = (list_routes.router, routes.router, health.router)
    app.router.routes += fixed_paths_first(
        [route for router in routers for route in router.routes if isinstance(route, Route)]
    )
    document = openapi.document()
    app.openapi = lambda: document  # type: ignore[method-assign] # as FastAPI's manual has it
    return app


def middlewares(registry: CollectorRegistry) -> list[Middleware]:
    """What surrounds the application, the outermost first."""
    return [
        Middleware(RequestIdMiddleware),
        Middleware(AccessMiddleware, metrics.RequestMetrics(registry)),
        Middleware(ErrorMiddleware),
        # A client that is slow to send its body does not count as a request in flight.
        Middleware(BodyMiddleware),
        Middleware(InFlightMiddleware),
    ]
