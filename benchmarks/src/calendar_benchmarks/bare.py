"""The ceilings of the REST APIs: ASGI without framework, validation, metrics and limits.

They run in the service's environment, on the same Python, uvicorn and driver, and send the
service's own statements where those build the response.
"""

import os
from abc import abstractmethod
from collections.abc import Awaitable, Callable
from typing import Any, Final

import asyncpg

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

_SESSION: Final = {
    "intervalstyle": "iso_8601",
    "timezone": "UTC",
    "plan_cache_mode": "force_generic_plan",
}


class Bare:
    """An ASGI application with a pool of connections."""

    def __init__(self, *, pool_size: int) -> None:
        self._pool_size = pool_size
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request, or the application's lifespan."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["path"] == "/readyz":
            await _respond(send, 200, b"")
        else:
            status, body = await self.handle(scope, receive)
            await _respond(send, status, body)

    @abstractmethod
    async def handle(self, scope: Scope, receive: Receive) -> tuple[int, bytes]:
        """The response to a request: status and JSON."""

    async def row(self, query: str, *arguments: Any) -> asyncpg.Record:
        """The one row of a statement."""
        assert self._pool is not None
        async with self._pool.acquire() as connection:
            row = await connection.fetchrow(query, *arguments)
        assert row is not None
        return row

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        async with asyncpg.create_pool(
            os.environ["DATABASE_DSN"],
            min_size=self._pool_size,
            max_size=self._pool_size,
            reset=_no_reset,
            server_settings=_SESSION,
        ) as self._pool:
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})


def user_of(scope: Scope) -> str:
    """The user of a request."""
    headers: dict[bytes, bytes] = dict(scope["headers"])
    return headers[b"x-user-id"].decode()


async def _no_reset(_connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    return None


async def _respond(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
