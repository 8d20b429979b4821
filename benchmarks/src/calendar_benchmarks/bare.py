"""The ceiling of the API: an ASGI application without framework, validation, metrics and limits.

It runs in the API's environment, on the same Python, uvicorn and driver. It sends the API's own
statements where those build the response.
"""

import json
import os
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qs
from uuid import UUID, uuid4

import asyncpg

# In the API's environment they are found.
from calendar_api.events import models, statements  # type: ignore[import-not-found]
from calendar_api.listing import statements as listing  # type: ignore[import-not-found]

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

_SESSION: Final = {
    "intervalstyle": "iso_8601",
    "timezone": "UTC",
    "plan_cache_mode": "force_generic_plan",
}
_POOL_SIZE: Final = 10
"""The API's default."""
_NO_SCHEDULE: Final = [[None]] * 6


class Bare:
    """The ASGI application."""

    def __init__(self) -> None:
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request, or the application's lifespan."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["path"] == "/readyz":
            await _respond(send, 200, b"")
        elif scope["method"] == "POST":
            await _respond(send, 201, await self._create(scope, await _body(receive)))
        elif scope["query_string"]:
            await _respond(send, 200, await self._list(scope))
        else:
            await _respond(send, 200, await self._read(scope))

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        async with asyncpg.create_pool(
            os.environ["DATABASE_DSN"],
            max_size=_POOL_SIZE,
            reset=_no_reset,
            server_settings=_SESSION,
        ) as self._pool:
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def _create(self, scope: Scope, body: bytes) -> bytes:
        event = json.loads(body)
        starts_at = datetime.fromisoformat(event["starts_at"])
        lead = timedelta(minutes=int(event["notify_before"].strip("PTM")))
        values = event | {
            "starts_at": starts_at,
            "ends_at": datetime.fromisoformat(event["ends_at"]),
            "notify_before": lead,
        }
        row = await self._row(
            statements.CREATE_EVENTS,
            [_user(scope)],
            [uuid4()],
            [uuid4()],
            [_array(starts_at - lead)],
            [_array(starts_at)],
            ["{NULL}"],
            *_NO_SCHEDULE,
            *([values.get(name)] for name in models.FIELDS),
        )
        return bytes(row["document"], "utf-8")

    async def _read(self, scope: Scope) -> bytes:
        event_id = UUID(scope["path"].rpartition("/")[2])
        row = await self._row(statements.READ_EVENT, _user(scope), event_id)
        return bytes(row["document"], "utf-8")

    async def _list(self, scope: Scope) -> bytes:
        query = parse_qs(scope["query_string"])
        start, end = (datetime.fromisoformat(query[name][0].decode()) for name in (b"from", b"to"))
        row = await self._row(
            listing.LIST_EVENTS, _user(scope), start, end, None, None, 1000, 4 * 1024 * 1024
        )
        return b'{"items":[%b]}' % bytes(",".join(row["documents"]), "utf-8")

    async def _row(self, query: str, *arguments: Any) -> asyncpg.Record:
        assert self._pool is not None
        async with self._pool.acquire() as connection:
            row = await connection.fetchrow(query, *arguments)
        assert row is not None
        return row


def _array(instant: datetime) -> str:
    """PostgreSQL's text of an array of one instant."""
    return f'{{"{instant}"}}'


async def _no_reset(_connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    return None


def _user(scope: Scope) -> str:
    headers: dict[bytes, bytes] = dict(scope["headers"])
    return headers[b"x-user-id"].decode()


async def _body(receive: Receive) -> bytes:
    body = b""
    more = True
    while more:
        message = await receive()
        body += message["body"]
        more = message["more_body"]
    return body


async def _respond(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


app = Bare()
