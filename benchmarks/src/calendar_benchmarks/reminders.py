"""Writes many events and reminders that are due soon."""

import asyncio
import secrets
import time
from dataclasses import dataclass
from typing import Final

import asyncpg

MARGIN_SECONDS: Final = 1.0
"""Between the last row and the first due time."""

LIST_LENGTH: Final = 80
"""The most reminders that the API's planner writes for one series."""

# Ten events for each user; all users are new.
_EVENTS: Final = """
INSERT INTO events (user_id, id, title, starts_at, ends_at, notify_before)
SELECT $2 || i % greatest($1::int / 10, 1), gen_random_uuid(), 'Planning of week ' || i,
       now() + interval '1 hour', now() + interval '2 hours', interval '1 hour'
FROM generate_series(1, $1) AS i
"""

# Due times evenly spread, in the order of the table.
_REMINDERS: Final = """
INSERT INTO reminders (user_id, event_id, notification_id, due_at, ready_at, next_try_at)
SELECT user_id, id, gen_random_uuid(), due, due, due
FROM (
    SELECT user_id, id,
           to_timestamp($1::float8 + $2::float8 * row_number() OVER () / count(*) OVER ()) AS due
    FROM events WHERE user_id ^@ $3
) AS event
"""

# The same, each with as many after it as the API's planner writes ahead: one a day. All reminders
# share the arrays of those, which are made once.
_SERIES: Final = """
WITH later AS (
    SELECT array_agg(due) AS due, array_agg(due + interval '1 hour') AS starts,
           array_agg(to_char(due AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS')) AS ids
    FROM generate_series(1, $4::integer - 1) AS day, LATERAL (
        SELECT to_timestamp($1::float8 + $2::float8) + interval '1 day' * day AS due
    ) AS reminder
)
INSERT INTO reminders (
    user_id, event_id, due_at, occurs_at, recurrence_id, ready_at, next_try_at,
    upcoming_due, upcoming_starts, upcoming_ids, upcoming_from
)
SELECT user_id, id, event.due, event.due + interval '1 hour',
       to_char(event.due AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS'), event.due, event.due,
       later.due, later.starts, later.ids, 1
FROM later CROSS JOIN (
    SELECT user_id, id,
           to_timestamp($1::float8 + $2::float8 * row_number() OVER () / count(*) OVER ()) AS due
    FROM events WHERE user_id ^@ $3
) AS event
"""

# Primary key of events.
_DELETE: Final = "DELETE FROM events WHERE user_id ^@ $1"


@dataclass(frozen=True, slots=True)
class Filled:
    """The reminders that were written."""

    due: float
    """When the first are due, in seconds since 1970."""
    user_prefix: str


async def fill_reminders(
    dsn: str, *, count: int, within: float = 0.0, recurring: bool = False
) -> Filled:
    """Writes `count` events with a reminder each, due at once or within some seconds.

    If they are recurring, more reminders follow on the next days.

    Raises:
        AssertionError: the first were due before all were written.
    """
    prefix = f"{secrets.token_hex(4)}-"
    connection = await asyncpg.connect(dsn)
    try:
        # Without checks of the foreign key: every event exists.
        await connection.execute("SET session_replication_role = replica")
        began = time.monotonic()
        await connection.execute(_EVENTS, count, prefix)
        # The reminders take less time than the events, which have more indexes; with lists, more.
        took = time.monotonic() - began
        due = time.time() + took * (4.0 if recurring else 1.5) + MARGIN_SECONDS
        if recurring:
            await connection.execute(_SERIES, due, within, prefix, LIST_LENGTH)
        else:
            await connection.execute(_REMINDERS, due, within, prefix)
    finally:
        await connection.close()
    assert time.time() < due, "the reminders were due before all were written"
    return Filled(due, prefix)


async def until_due(filled: Filled) -> None:
    """Waits until the first reminders are due."""
    await asyncio.sleep(max(0.0, filled.due - time.time()))


async def delete_events(dsn: str, filled: Filled) -> None:
    """Deletes the events, and with them the reminders that are left."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(_DELETE, filled.user_prefix)
    finally:
        await connection.close()
