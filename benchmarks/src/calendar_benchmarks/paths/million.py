"""A million reminders that are due in one minute, through all stages at once."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg

from calendar_benchmarks.path import Claim, Contender, Path
from calendar_benchmarks.reminders import fill_reminders
from calendar_benchmarks.scheduling import running_scheduler
from calendar_benchmarks.stage import Stage
from calendar_benchmarks.storing import store
from calendar_benchmarks.topic import watch
from calendar_benchmarks.whole import running_system

COUNT: Final = 1_000_000
SPAN_SECONDS: Final = 60.0
AT_ONCE: Final = 150_000
"""Due in one instant, to see how fast all stages can be; and as many for each stage by itself."""

_PATIENCE_SECONDS: Final = 600.0

# A scan of the table. The first was due at $1, in seconds since 1970.
_STORED: Final = """
SELECT count(*) AS rows,
       extract(epoch FROM max(stored_at))::float8 - $1::float8 AS seconds,
       extract(epoch FROM max(stored_at - notify_at))::float8 AS latest
FROM notifications
"""
# With its indexes; of a table that has $2 rows.
_BYTES: Final = "SELECT pg_total_relation_size($1::text::regclass)::float8 / $2"


@asynccontextmanager
async def _contenders(stage: Stage) -> AsyncIterator[Sequence[Contender]]:
    async def in_a_minute(_seconds: float) -> dict[str, float]:
        async with stage.database() as dsn:
            return await _all_stages(stage, dsn, count=COUNT, within=SPAN_SECONDS)

    async def at_once(_seconds: float) -> float:
        async with stage.database() as dsn:
            return (await _all_stages(stage, dsn, count=AT_ONCE, within=0.0))["all stages"]

    async def alone(_seconds: float) -> dict[str, float]:
        async with stage.database() as dsn, running_scheduler(stage, dsn=dsn) as scheduler:
            sent = await scheduler.send(AT_ONCE)
        stored = await store(stage, count=AT_ONCE)
        return {"scheduler": sent, "storer": stored, "slowest stage": min(sent, stored)}

    yield [
        Contender(name="a million", measure=in_a_minute),
        Contender(name="at once", measure=at_once),
        Contender(name="alone", measure=alone),
    ]


async def _all_stages(stage: Stage, dsn: str, *, count: int, within: float) -> dict[str, float]:
    connection = await asyncpg.connect(dsn)
    try:
        async with (
            running_system(stage, dsn=dsn) as system,
            watch(stage.kafka.bootstrap_servers, system.topic) as topic,
        ):
            filled = await fill_reminders(dsn, count=count, within=within)
            sizes = await _sizes(connection, count, "events", "reminders")
            await topic.until_committed(count, group=system.topic, seconds=_PATIENCE_SECONDS)
        [(rows, seconds, latest)] = await connection.fetch(_STORED, filled.due)
        sizes |= await _sizes(connection, count, "notifications")
    finally:
        await connection.close()
    assert rows == count, f"{rows} notifications of {count} reminders"
    return {"all stages": rows / seconds, "latest, s": latest, **sizes}


async def _sizes(connection: Any, count: int, *tables: str) -> dict[str, float]:
    return {
        f"bytes a row of {table}": await connection.fetchval(_BYTES, table, count)
        for table in tables
    }


PATH: Final = Path(
    title="A million reminders due in one minute, from `reminders` to `notifications`",
    unit="reminders/s",
    rounds=1,
    warm_up=False,
    claims=[
        Claim(
            figure="at once",
            ceiling="slowest stage: alone",
            sense="at least",
            goal=0.50,
        ),
        Claim(figure="latest, s: a million", sense="at most", goal=90, unit="s"),
    ],
    contenders=_contenders,
    notes=[
        (
            "One Scheduler, one Storer, and an API that idles, on the same cores as PostgreSQL "
            "and Kafka. From the first due time to the last row, by the database's clock: of the "
            f"million never more than {COUNT / SPAN_SECONDS:,.0f}/s, for no more fall due."
        ),
        (
            f"At once: {AT_ONCE:,} due in one instant, through all stages. Alone: as many for the "
            "Scheduler without a Storer, and in a topic for the Storer without a Scheduler."
        ),
    ],
)
