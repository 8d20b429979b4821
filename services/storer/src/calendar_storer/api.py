"""The REST API of the Storer: its endpoints, and what surrounds them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.routing import Route

from calendar_storer.config import Settings
from calendar_storer.database import options
from calendar_storer.database.pool import open_pool
from calendar_storer.inbox import endpoints as inbox_routes
from calendar_storer.inbox.repository import InboxRepository
from calendar_storer.inbox.service import InboxService
from calendar_storer.observability.metrics import Metrics
from calendar_storer.observability.outages import Outages
from calendar_storer.streams import endpoints as stream_routes
from calendar_storer.streams.hub import Hub
from calendar_storer.streams.repository import StreamRepository
from calendar_storer.streams.stream import POOL_SIZE, Streams
from calendar_storer.web.application import application, middlewares
from calendar_storer.web.handlers import HANDLERS


def api(
    settings: Settings,
    health: Sequence[Route],
    *,
    outages: Outages,
    metrics: Metrics,
    stop: asyncio.Event,
) -> FastAPI:
    """The REST API, with the routes of `health`. When `stop` is set, its streams end."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[dict[str, Any]]:
        # Requests leave storing its connections, and streams theirs to requests.
        async with (
            open_pool(
                settings.database.dsn, options.POOL, size=settings.storer.request_pool_size
            ) as pool,
            open_pool(settings.database.dsn, options.POOL, size=POOL_SIZE) as stream_pool,
            asyncio.TaskGroup() as tasks,
        ):
            arrivals = StreamRepository(stream_pool)
            hub = Hub(arrivals, outages=outages, metrics=metrics, stop=stop)
            running = tasks.create_task(hub.run())
            yield {
                "inbox": InboxService(InboxRepository(pool)),
                "streams": Streams(hub, arrivals, outages=outages, stop=stop),
            }
            running.cancel()

    return application(
        title="Calendar notifications",
        routers=(inbox_routes.router, stream_routes.router),
        health=health,
        middleware=middlewares(
            metrics.registry,
            cors_origins=settings.http.cors_origins,
            streams={stream_routes.PATH},
        ),
        handlers=HANDLERS,
        lifespan=lifespan,
    )
