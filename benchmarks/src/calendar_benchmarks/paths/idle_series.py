"""The memory and CPU use of the services while a million series wait for their next reminder."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import asyncpg

from calendar_benchmarks.path import Contender, Path
from calendar_benchmarks.paths import idle
from calendar_benchmarks.pipeline import running_system
from calendar_benchmarks.sandbox import Sandbox
from calendar_benchmarks.written import write_events

COUNT: Final = 1_000_000

_EVENT: Final = {
    "title": "Lesson",
    "starts_at": "2100-05-03T09:00:00",
    "duration": "PT45M",
    "time_zone": "Europe/Berlin",
    "recurrence": {"rule": "FREQ=WEEKLY"},
    "notify_before": "PT15M",
}

_KEYS: Final = """
CREATE TEMPORARY TABLE keys AS
SELECT 'user-' || number / 10 AS user_id, gen_random_uuid() AS event_id
FROM generate_series(1, {count}) AS number
"""

# The columns of a table other than its key and those that PostgreSQL computes.
_COLUMNS: Final = """
SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute
WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
  AND attname <> ALL ($2::text[])
"""

_COPY: Final = """
INSERT INTO {table} (user_id, {key}, {columns})
SELECT keys.user_id, keys.event_id, {columns}
FROM keys CROSS JOIN (SELECT {columns} FROM {table}) AS written
"""


@asynccontextmanager
async def _contenders(sandbox: Sandbox) -> AsyncIterator[Sequence[Contender]]:
    async with sandbox.database() as dsn, running_system(sandbox, dsn=dsn) as system:
        await write_events(system.servers["api"].port, [_EVENT], user="first")
        await _copy(dsn)
        await asyncio.sleep(idle.START_SECONDS)
        yield [Contender(name="a million series", measure=idle.measuring(system))]


async def _copy(dsn: str) -> None:
    """Copies the series, with all that the API has written of it."""
    connection = await asyncpg.connect(dsn)
    try:
        # Without checks of the foreign keys: every event exists.
        await connection.execute("SET session_replication_role = replica")
        await connection.execute(_KEYS.format(count=COUNT))
        for table, key in (("events", "id"), ("schedules", "event_id"), ("reminders", "event_id")):
            columns = await connection.fetchval(_COLUMNS, table, ["user_id", key])
            await connection.execute(_COPY.format(table=table, key=key, columns=columns))
        await connection.execute("VACUUM (FREEZE, ANALYZE) events, schedules, reminders")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


PATH: Final = Path(
    title="Idle with a million series: memory and CPU",
    unit="as named",
    notes=(
        f"the same with {COUNT:,} weekly series without an end, of which ten reminders each are "
        "planned and none is due."
    ),
    goals=idle.goals("a million series"),
    contenders=_contenders,
    rounds=3,
    warm_up=False,
    seconds=5,
)
