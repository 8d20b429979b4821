"""One event by its ID, of a table with ten thousand."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import asyncpg

from calendar_benchmarks import handlers, queries
from calendar_benchmarks.crowd import SMALL, crowd
from calendar_benchmarks.load import Load, request
from calendar_benchmarks.path import Claim, Contender, Path
from calendar_benchmarks.server import Server
from calendar_benchmarks.stage import Stage

_EVENTS: Final = 1_000
"""That are read in turns."""


_EMPTY: Final = [request("GET", "/readyz")]


@asynccontextmanager
async def _contenders(stage: Stage) -> AsyncIterator[Sequence[Contender]]:
    dsn = await crowd(stage, events=SMALL)
    connection = await asyncpg.connect(dsn)
    try:
        events = await connection.fetch(queries.SOME_EVENTS, _EVENTS)
    finally:
        await connection.close()
    gets = [
        request("GET", f"/v1/events/{event['id']}", headers={"X-User-Id": event["user_id"]})
        for event in events
    ]

    def load(server: Server, requests: Sequence[str]) -> Load:
        return Load(port=server.port, requests=requests, status=200)

    async with stage.service("api", dsn=dsn) as api, handlers.bare(stage, dsn=dsn) as bare:
        yield [
            Contender(name="calendar", measure=load(api, gets).rate),
            Contender(name="bare handler", measure=load(bare, gets).rate),
            Contender(name="empty answers", measure=load(bare, _EMPTY).rate),
        ]


PATH: Final = Path(
    title="Read one event, 32 connections",
    unit="events/s",
    claims=[Claim(ceilings=["bare handler"], sense="at least", goal=0.85)],
    contenders=_contenders,
    seconds=2.0,
    notes=[
        "The bare handler sends the API's own statement, and passes on what it gets.",
        (
            "Empty answers are the same bare process's, without a database: what the load "
            "generator can send at least."
        ),
    ],
)
