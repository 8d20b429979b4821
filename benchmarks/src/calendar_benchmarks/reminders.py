"""Writes many events and reminders that are due soon."""

import asyncio
import secrets
import time
from dataclasses import dataclass
from typing import Final

import asyncpg

MARGIN_SECONDS: Final = 1.0
"""Between the last row and the first due time."""

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

# Primary key of events.
_DELETE: Final = "DELETE FROM events WHERE user_id ^@ $1"


@dataclass(frozen=True, slots=True)
class Filled:
    """The reminders that were written."""

    due: float
    """When the first are due, in seconds since 1970."""
    user_prefix: str


async def fill_reminders(dsn: str, *, count: int, within: float = 0.0) -> Filled:
    """Writes `count` events with a reminder each, due at once or within some seconds.

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
        # The reminders take less time than the events, which have more indexes.
        due = time.time() + (time.monotonic() - began) * 1.5 + MARGIN_SECONDS
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
