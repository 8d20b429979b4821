"""A topic that is full, until each record is a committed row."""

import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg

from calendar_benchmarks.path import Claim, Contender, Path
from calendar_benchmarks.stage import Stage
from calendar_benchmarks.statements import statements
from calendar_benchmarks.storing import store
from calendar_benchmarks.topic import messages

COUNT: Final = 60_000
BATCH: Final = 1000
"""The Storer's own, by default."""

COLUMNS: Final = ("notification_id", "event_id", "title", "event_date", "user_id", "notify_at")


@asynccontextmanager
async def _contenders(stage: Stage) -> AsyncIterator[Sequence[Contender]]:
    async def calendar(_seconds: float) -> float:
        return await store(stage, count=COUNT)

    async def bare(_seconds: float) -> float:
        async with stage.database() as dsn:
            return await _insert(dsn)

    yield [
        Contender(name="calendar", measure=calendar),
        Contender(name="bare insert", measure=bare),
    ]


async def _insert(dsn: str) -> float:
    """Inserts the same rows in the same batches, which lie ready in memory."""
    rows = [json.loads(message.value) for message in messages(COUNT)]
    batches = [_columns(rows[first : first + BATCH]) for first in range(0, COUNT, BATCH)]
    sql = statements("storer")["STORE_NOTIFICATIONS"]
    connection = await asyncpg.connect(dsn)
    try:
        began = time.perf_counter()
        for batch in batches:
            await connection.fetch(sql, *batch)
        return COUNT / (time.perf_counter() - began)
    finally:
        await connection.close()


def _columns(rows: Sequence[dict[str, Any]]) -> list[list[str]]:
    ordered = sorted(rows, key=lambda row: row["notification_id"])
    return [[row[column] for row in ordered] for column in COLUMNS]


PATH: Final = Path(
    title="Storer: a full topic, to committed rows",
    unit="rows/s",
    rounds=5,
    claims=[Claim(ceilings=["bare insert"], sense="at least", goal=0.50)],
    contenders=_contenders,
    notes=[
        (
            f"{COUNT:,} records wait in the topic when the Storer starts; counted from its "
            "first row to its last, by the database's clock."
        ),
        (
            f"Bare insert: the Storer's own statement, {BATCH:,} rows at a time that lie "
            "ready in memory, on one connection."
        ),
    ],
)
