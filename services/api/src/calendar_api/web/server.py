"""The HTTP server: uvicorn, with limits of our own on connections."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp

from calendar_api.lifecycle import Server
from calendar_api.web.connection_limits import IDLE_SECONDS, ConnectionLimits
from calendar_api.web.uvicorn_internals import http_protocol


@asynccontextmanager
async def serve(
    app: ASGIApp,
    listener: socket.socket,
    stop: asyncio.Event,
    *,
    connections: int,
    drain_seconds: int,
) -> AsyncIterator[None]:
    """Serve HTTP beside the block. At `stop`, finish the requests in progress.

    The block must not end before `stop` is set.
    """
    config = uvicorn.Config(
        app,
        http=http_protocol(ConnectionLimits(connections)),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=IDLE_SECONDS,  # uvicorn's own limit cannot be turned off
        timeout_graceful_shutdown=drain_seconds,
        backlog=2048,
    )
    server = Server(config)

    async def run() -> None:
        await server.serve(sockets=[listener])
        if not stop.is_set():
            raise RuntimeError("the HTTP server ended, and nothing had stopped it")

    async def exit_on_stop() -> None:
        await stop.wait()
        server.should_exit = True

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(run())
        tasks.create_task(exit_on_stop())
        yield
