"""The REST API of the Storer: its endpoints, and what surrounds them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from starlette.routing import Route

from calendar_storer.config import Settings
from calendar_storer.database import options
from calendar_storer.database.pool import open_pool
from calendar_storer.inbox import endpoints as inbox_routes
from calendar_storer.inbox.repository import InboxRepository
from calendar_storer.inbox.service import InboxService
from calendar_storer.web import openapi
from calendar_storer.web.application import application, middlewares
from calendar_storer.web.handlers import HANDLERS


def api(settings: Settings, health: Sequence[Route], registry: CollectorRegistry) -> FastAPI:
    """The REST API, with the routes of `health`. Its metrics are in the registry."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[dict[str, Any]]:
        # Requests leave storing its connections.
        async with open_pool(
            settings.database.dsn, options.POOL, size=settings.storer.request_pool_size
        ) as pool:
            yield {"inbox": InboxService(InboxRepository(pool))}

    return application(
        title="Calendar notifications",
        document=openapi.document(),
        routers=(inbox_routes.router,),
        health=health,
        middleware=middlewares(registry, cors_origins=settings.http.cors_origins),
        handlers=HANDLERS,
        lifespan=lifespan,
    )
