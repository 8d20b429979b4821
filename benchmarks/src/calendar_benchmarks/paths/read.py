"""Read one event by its ID."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import asyncpg

from calendar_benchmarks import handlers
from calendar_benchmarks.large_table import FILL_EVENTS, SMALL
from calendar_benchmarks.load import Load, request
from calendar_benchmarks.path import Contender, Goal, Path
from calendar_benchmarks.sandbox import Sandbox
from calendar_benchmarks.servers import Server

_REQUESTS: Final = 1_000

_SOME_EVENTS: Final = "SELECT user_id, id FROM events LIMIT $1"


@asynccontextmanager
async def _contenders(sandbox: Sandbox) -> AsyncIterator[Sequence[Contender]]:
    async with (
        sandbox.database() as dsn,
        sandbox.service("api", dsn=dsn) as api,
        handlers.bare(sandbox, dsn=dsn) as bare,
        handlers.plain(sandbox, dsn=dsn) as plain,
    ):
        gets = await _fill(dsn)

        def load(server: Server, requests: Sequence[str] = gets) -> Load:
            return Load(port=server.port, requests=requests, status=200)

        yield [
            Contender(name="calendar", measure=load(api).rate),
            Contender(name="bare handler", measure=load(bare).rate),
            Contender(name="empty response", measure=load(bare, [request("GET", "/readyz")]).rate),
            Contender(name="plain FastAPI", measure=load(plain).rate),
        ]


async def _fill(dsn: str) -> list[str]:
    """Writes the events into the tables of the API and of the peer; requests for some of them."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(FILL_EVENTS, 0, SMALL)
        await connection.execute(handlers.COPY_TO_PLAIN)
        await connection.execute("VACUUM ANALYZE")
        events = await connection.fetch(_SOME_EVENTS, _REQUESTS)
    finally:
        await connection.close()
    return [
        request("GET", f"/v1/events/{event['id']}", headers={"X-User-Id": event["user_id"]})
        for event in events
    ]


PATH: Final = Path(
    title="Read one event, 32 connections",
    unit="events/s",
    notes=(
        f"{_REQUESTS:,} events of a table of {SMALL:,}, in turns. The bare handler sends the API's "
        "own statement. The empty response is the limit of the load generator."
    ),
    goals=[
        Goal(relative_to=["bare handler"], sense="at least", limit=0.50),
        Goal(relative_to=["plain FastAPI"], sense="at least", limit=4),
    ],
    contenders=_contenders,
)
