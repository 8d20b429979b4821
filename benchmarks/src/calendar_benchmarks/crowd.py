"""Many events with a pending reminder each, in bulk: what a path needs of a huge table."""

from typing import Final

import asyncpg

from calendar_benchmarks import queries
from calendar_benchmarks.stage import Stage

HUGE: Final = 10_000_000
SMALL: Final = 10_000

BUSY_EVENTS: Final = {HUGE: 100_000, SMALL: 6_000}
"""Of the user `busy`, as dense in both: twenty years to either side of July 2100, or 14 months."""

EVENTS_OF_OTHERS: Final = 100
"""Of each user `user-00000000` and so on."""

_STEP: Final = 1_000_000


async def crowd(stage: Stage, *, events: int) -> str:
    """The DSN of a database with so many (`HUGE` or `SMALL`) events and as many reminders.

    No reminder is due before the year 2080. Built at the first call, and
    shared by all paths of a run: who adds something removes it again.
    """
    if events not in stage.crowds:
        dsn = await stage.databases.create()
        connection = await asyncpg.connect(dsn)
        try:
            await _fill(stage, connection, events)
        finally:
            await connection.close()
        stage.crowds[events] = dsn
    return stage.crowds[events]


def users(events: int) -> int:
    """How many others there are."""
    return (events - BUSY_EVENTS[events]) // EVENTS_OF_OTHERS


async def _fill(
    stage: Stage, connection: "asyncpg.Connection[asyncpg.Record]", events: int
) -> None:
    """Takes the indexes away, fills the tables, and makes the indexes again: many times faster."""
    done = stage.console.timer()
    parts = await connection.fetch(queries.TABLES_PARTS)
    for part in parts:
        await connection.execute(part["drop"])
    busy = BUSY_EVENTS[events]
    await connection.execute(queries.FILL_BUSY_USER, busy)
    for first in range(0, events - busy, _STEP):
        last = min(first + _STEP, events - busy)
        await connection.execute(queries.FILL_EVENTS, first, last)
        stage.console.progress(f"  {last:,} of {events:,} events are written")
    await connection.execute(queries.FILL_REMINDERS)
    await connection.execute("SET maintenance_work_mem = '512MB'")
    for part in reversed(parts):
        stage.console.progress(f"  {part['make']}")
        await connection.execute(part["make"])
    # What autovacuum would do some time later, in the middle of a round.
    await connection.execute("VACUUM (FREEZE, ANALYZE) events, reminders")
    await connection.execute("CHECKPOINT")
    done(f"A table of {events:,} events is ready")
