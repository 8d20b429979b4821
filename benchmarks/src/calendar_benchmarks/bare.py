"""The ceiling of the API: an ASGI application without framework, validation, metrics and limits.

It runs in the API's environment, on the same Python, uvicorn and driver. It sends the API's own
statements where those build the response.
"""

import json
import os
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qs
from uuid import UUID, uuid4

import asyncpg
from calendar_api.listing.statements import (  # type: ignore[import-not-found]
    LIST_EVENTS,
)

from calendar_api.events.statements import (  # type: ignore[import-not-found] # there it is found
    READ_EVENT,
)

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

# The API's statement writes any number of events; this is the shortest one for a single event.
_CREATE_EVENT: Final = """
WITH event AS (
    INSERT INTO events (user_id, id, title, description, starts_at, ends_at, notify_before)
    VALUES ($1, $2, $3, $4, $5, $6, $7::text::interval)
    RETURNING created_at, ends_at - starts_at AS duration
), reminder AS (
    INSERT INTO reminders (user_id, event_id, notification_id, due_at, ready_at, next_try_at)
    SELECT $1, $2, $8, due_at, due_at, due_at
    FROM (SELECT $5::timestamptz - $7::text::interval AS due_at) AS due
)
SELECT created_at, duration::text FROM event
"""


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
        user = _user(scope)
        event_id = uuid4()
        starts_at = datetime.fromisoformat(event["starts_at"])
        ends_at = datetime.fromisoformat(event["ends_at"])
        row = await self._row(
            _CREATE_EVENT,
            user,
            event_id,
            event["title"],
            event["description"],
            starts_at,
            ends_at,
            event["notify_before"],
            uuid4(),
        )
        created_at = _utc(row["created_at"])
        document = {
            "id": str(event_id),
            "user_id": user,
            "title": event["title"],
            "description": event["description"],
            "starts_at": _utc(starts_at),
            "ends_at": _utc(ends_at),
            "duration": row["duration"],
            "notify_before": event["notify_before"],
            "version": 1,
            "created_at": created_at,
            "updated_at": created_at,
        }
        return json.dumps(document).encode()

    async def _read(self, scope: Scope) -> bytes:
        event_id = UUID(scope["path"].rpartition("/")[2])
        row = await self._row(READ_EVENT, _user(scope), event_id)
        return bytes(row["document"], "utf-8")

    async def _list(self, scope: Scope) -> bytes:
        query = parse_qs(scope["query_string"])
        start, end = (datetime.fromisoformat(query[name][0].decode()) for name in (b"from", b"to"))
        row = await self._row(
            LIST_EVENTS, _user(scope), start, end, None, None, 1000, 4 * 1024 * 1024
        )
        return b'{"items":[%b]}' % bytes(row["items"], "utf-8")

    async def _row(self, query: str, *arguments: Any) -> asyncpg.Record:
        assert self._pool is not None
        async with self._pool.acquire() as connection:
            row = await connection.fetchrow(query, *arguments)
        assert row is not None
        return row


async def _no_reset(_connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    return None


def _user(scope: Scope) -> str:
    headers: dict[bytes, bytes] = dict(scope["headers"])
    return headers[b"x-user-id"].decode()


def _utc(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


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
