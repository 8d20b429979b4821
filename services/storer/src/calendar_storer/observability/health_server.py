"""Serves health and metrics, for services that have no other HTTP interface."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from calendar_storer.lifecycle import SERVER_STOP_SECONDS, Server

GRACEFUL_SECONDS: Final = 1
STOP_SECONDS: Final = GRACEFUL_SECONDS + SERVER_STOP_SECONDS


@asynccontextmanager
async def serve(routes: Sequence[Route], listener: socket.socket) -> AsyncIterator[None]:
    """Serve `routes` while the block lasts, also while the service is stopping."""
    config = uvicorn.Config(
        Starlette(routes=routes),
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
        limit_concurrency=100,
    )
    server = Server(config)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(server.serve(sockets=[listener]))
        try:
            yield
        finally:
            server.should_exit = True
