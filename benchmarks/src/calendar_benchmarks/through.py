"""Reminders through all stages at once, from `reminders` to `notifications`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from calendar_benchmarks.reminders import fill_reminders
from calendar_benchmarks.stage import Stage
from calendar_benchmarks.topic import watch
from calendar_benchmarks.whole import running_system

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """How they came through."""

    per_second: float
    """From when the first was due to the last row, by the database's clock."""
    latest: float
    """Seconds from due to stored, of the one that was the latest."""
    bytes_per_row: Mapping[str, float]
    """Of each table, with its indexes."""


async def send_through(stage: Stage, *, count: int, within: float) -> Passage:
    """Has so many fall due within some seconds, and waits for all of them."""
    async with stage.database() as dsn:
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
    return Passage(per_second=rows / seconds, latest=latest, bytes_per_row=sizes)


async def _sizes(connection: Any, count: int, *tables: str) -> dict[str, float]:
    return {table: await connection.fetchval(_BYTES, table, count) for table in tables}
