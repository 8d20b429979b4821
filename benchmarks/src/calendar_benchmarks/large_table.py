"""A table of many events, each with a pending reminder."""

from typing import Any, Final

import asyncpg

from calendar_benchmarks.sandbox import Sandbox

LARGE: Final = 2_000_000
SMALL: Final = 10_000

BUSY_EVENTS: Final = {LARGE: 100_000, SMALL: 6_000}
"""Of the user `busy`, equally dense in both: 20 years before and after July 2100, or 14 months."""

EVENTS_PER_USER: Final = 100
"""Of each of the others, `user-00000000` and so on."""

_STEP: Final = 1_000_000

# The catalogue: keys and indexes of the two tables, foreign keys first, as they have to be dropped.
_CONSTRAINTS_AND_INDEXES: Final = """
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS drop,
    format('ALTER TABLE %s ADD CONSTRAINT %I %s',
        conrelid::regclass, conname, pg_get_constraintdef(oid)) AS create,
    contype = 'f' AS is_foreign_key
FROM pg_constraint
WHERE conrelid IN ('events'::regclass, 'reminders'::regclass) AND contype IN ('p', 'f')
UNION ALL
SELECT format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid), false
FROM pg_index
WHERE indrelid IN ('events'::regclass, 'reminders'::regclass) AND NOT indisprimary
ORDER BY is_foreign_key DESC
"""

# Users of 100 events each over the year 2100, so that no reminder is due; events $1 to $2 - 1.
FILL_EVENTS: Final = """
INSERT INTO events (user_id, id, title, description, starts_at, ends_at, notify_before)
SELECT 'user-' || to_char(i / 100, 'FM00000000'), gen_random_uuid(), 'Meeting ' || i,
    'In the big room, with a view of the park', starts_at, starts_at + interval '1 hour',
    interval '15 minutes'
FROM generate_series($1::integer, $2::integer - 1) AS i, LATERAL (
    SELECT timestamptz '2100-01-01 09:00Z' + i % 100 * interval '84 hours' AS starts_at
) AS start
"""

# $1 events, one every three and a half hours around July 2100. Every hundredth is a year long.
_FILL_BUSY_USER: Final = """
INSERT INTO events (user_id, id, title, description, starts_at, ends_at, notify_before)
SELECT 'busy', gen_random_uuid(), 'Meeting ' || i, 'In the big room, with a view of the park',
    starts_at,
    starts_at + CASE WHEN i % 100 = 0 THEN interval '365 days' ELSE interval '1 hour' END,
    interval '15 minutes'
FROM generate_series(-$1::integer / 2, $1 / 2 - 1) AS i, LATERAL (
    SELECT timestamptz '2100-07-01 09:00Z' + i * interval '3.5 hours' AS starts_at
) AS start
"""

_FILL_REMINDERS: Final = """
INSERT INTO reminders (user_id, event_id, notification_id, due_at, ready_at, next_try_at)
SELECT user_id, id, gen_random_uuid(), due_at, due_at, due_at
FROM events, LATERAL (SELECT starts_at - notify_before AS due_at) AS due
"""


async def large_table(sandbox: Sandbox, *, events: int) -> str:
    """The DSN of a database with this number of events, `LARGE` or `SMALL`, and reminders.

    No reminder is due before the year 2080. The database is built at the first call and shared by
    all paths of a run: a path removes what it adds.
    """
    if events not in sandbox.large_tables:
        dsn = await sandbox.databases.create()
        connection = await asyncpg.connect(dsn)
        try:
            await _fill(sandbox, connection, events)
        finally:
            await connection.close()
        sandbox.large_tables[events] = dsn
    return sandbox.large_tables[events]


def other_users(events: int) -> int:
    """The number of users besides `busy`."""
    return (events - BUSY_EVENTS[events]) // EVENTS_PER_USER


async def _fill(sandbox: Sandbox, connection: Any, events: int) -> None:
    """Drops the indexes while it fills the tables: many times faster."""
    done = sandbox.console.timer()
    parts = await connection.fetch(_CONSTRAINTS_AND_INDEXES)
    for part in parts:
        await connection.execute(part["drop"])
    busy = BUSY_EVENTS[events]
    await connection.execute(_FILL_BUSY_USER, busy)
    for first in range(0, events - busy, _STEP):
        await connection.execute(FILL_EVENTS, first, min(first + _STEP, events - busy))
    await connection.execute(_FILL_REMINDERS)
    await connection.execute("SET maintenance_work_mem = '512MB'")
    for part in reversed(parts):
        await connection.execute(part["create"])
    # Otherwise autovacuum would do it in the middle of a round.
    await connection.execute("VACUUM (FREEZE, ANALYZE) events, reminders")
    await connection.execute("CHECKPOINT")
    done(f"A table of {events:,} events is ready")
