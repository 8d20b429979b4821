"""Fills `reminders` in bulk, as the API would one by one."""

import asyncio
import secrets
import time
from dataclasses import dataclass
from typing import Final

import asyncpg

MARGIN_SECONDS: Final = 1.0
"""Between the last row and the first due time."""

# Primary key of events. A tenth as many users as events, so that each has some; all are new.
_EVENTS: Final = """
INSERT INTO events (user_id, id, title, starts_at, ends_at, notify_before)
SELECT $2 || i % greatest($1::int / 10, 1), gen_random_uuid(), 'Planning of week ' || i,
       now() + interval '1 hour', now() + interval '2 hours', interval '1 hour'
FROM generate_series(1, $1) AS i
"""

# Spread evenly, in the order in which the events lie. None of a user who was there before.
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
_FORGET: Final = "DELETE FROM events WHERE user_id ^@ $1"


@dataclass(frozen=True, slots=True)
class Filled:
    """When the first reminders are due, in seconds since 1970, and whose they are."""

    due: float
    users: str
    """How the names of their users begin."""

    async def until_due(self) -> None:
        """Returns when it is time."""
        await asyncio.sleep(max(0.0, self.due - time.time()))


async def fill_reminders(dsn: str, *, count: int, within: float = 0.0) -> Filled:
    """Writes `count` events with a reminder each, due soon: all at once, or `within` seconds.

    Raises:
        AssertionError: the first were due before they were all written.
    """
    users = f"{secrets.token_hex(4)}-"
    connection = await asyncpg.connect(dsn)
    try:
        # Each event is there: nothing is gained by looking for it a million times.
        await connection.execute("SET session_replication_role = replica")
        began = time.monotonic()
        await connection.execute(_EVENTS, count, users)
        # The reminders take no longer than the events, which have more indexes.
        due = time.time() + (time.monotonic() - began) * 1.5 + MARGIN_SECONDS
        await connection.execute(_REMINDERS, due, within, users)
    finally:
        await connection.close()
    assert time.time() < due, "the reminders were due before they were all written"
    return Filled(due, users)


async def forget(dsn: str, filled: Filled) -> None:
    """Removes the events again, and what there still is of their reminders."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(_FORGET, filled.users)
    finally:
        await connection.close()
