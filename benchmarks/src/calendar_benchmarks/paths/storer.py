"""A full topic, until each record is a committed row."""

import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import asyncpg

from calendar_benchmarks.path import Contender, Goal, Path
from calendar_benchmarks.pipeline import store
from calendar_benchmarks.sandbox import Sandbox
from calendar_benchmarks.statements import statements
from calendar_benchmarks.topic import messages

COUNT: Final = 60_000
BATCH: Final = 1000
"""The Storer's default."""

FIELDS: Final = ("notification_id", "event_id", "title", "event_date", "user_id", "notify_at")
COLUMNS: Final = (*FIELDS, "recurrence_id")


@asynccontextmanager
async def _contenders(sandbox: Sandbox) -> AsyncIterator[Sequence[Contender]]:
    async def calendar(_seconds: float) -> float:
        return await store(sandbox, count=COUNT)

    async def bare(_seconds: float) -> float:
        async with sandbox.database() as dsn:
            return await _insert(dsn)

    yield [
        Contender(name="calendar", measure=calendar),
        Contender(name="bare insert", measure=bare),
    ]


async def _insert(dsn: str) -> float:
    """Inserts the same rows from memory; the number per second."""
    rows = [json.loads(message.value) for message in messages(COUNT)]
    batches = [_columns(rows[first : first + BATCH]) for first in range(0, COUNT, BATCH)]
    sql = statements("storer", "notifications")["STORE_NOTIFICATIONS"]
    connection = await asyncpg.connect(dsn)
    try:
        began = time.perf_counter()
        for batch in batches:
            await connection.fetch(sql, *batch)
        return COUNT / (time.perf_counter() - began)
    finally:
        await connection.close()


def _columns(rows: Sequence[dict[str, str]]) -> list[list[str | None]]:
    return [[row.get(column) for row in rows] for column in COLUMNS]


PATH: Final = Path(
    title="Storer: a full topic, until committed rows",
    unit="rows/s",
    notes=(
        f"{COUNT:,} records that are in the topic when the Storer starts, from its first row to "
        "its last, by the database's clock. The bare insert sends the Storer's own statement, "
        f"{BATCH:,} rows at a time from memory, over one connection."
    ),
    goals=[Goal(relative_to=["bare insert"], sense="at least", limit=0.50)],
    contenders=_contenders,
)
