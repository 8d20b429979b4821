"""From the due time of a reminder to the row of its notification, at rest and under load."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg

from calendar_benchmarks.paced import LEAD, write_reminders
from calendar_benchmarks.path import Contender, Goal, Path
from calendar_benchmarks.pipeline import System, running_system
from calendar_benchmarks.sandbox import Sandbox

REST: Final = 1.0
LOAD: Final = 200.0
"""Writes, and a little later reminders, per second."""

_TIMEOUT_SECONDS: Final = LEAD.total_seconds() + 30
_POLL_SECONDS: Final = 0.25

# In milliseconds.
_LATENESS: Final = """
SELECT count(*) AS rows,
    percentile_cont('{0.5,0.99}'::float8[]) WITHIN GROUP (ORDER BY late) AS late
FROM (
    SELECT 1000 * extract(epoch FROM stored_at - notify_at)::float8 AS late
    FROM notifications WHERE user_id = $1
) AS notification
"""


@asynccontextmanager
async def _contenders(sandbox: Sandbox) -> AsyncIterator[Sequence[Contender]]:
    async with sandbox.database() as dsn, running_system(sandbox, dsn=dsn) as system:
        yield [
            Contender(name="at rest", measure=_lateness(system, pace=REST)),
            Contender(name="under load", measure=_lateness(system, pace=LOAD)),
        ]


def _lateness(system: System, *, pace: float) -> Callable[[float], Awaitable[dict[str, float]]]:
    async def measure(seconds: float) -> dict[str, float]:
        user, port = secrets.token_hex(8), system.servers["api"].port
        count = await write_reminders(port, pace=pace, seconds=seconds, user=user)
        connection = await asyncpg.connect(system.dsn)
        try:
            median, p99 = await _stored(connection, user, count)
        finally:
            await connection.close()
        return {"median": median, "p99": p99}

    return measure


async def _stored(connection: Any, user: str, count: int) -> list[float]:
    """Waits for a user's notifications; the median and the 99th percentile of their lateness."""
    async with asyncio.timeout(_TIMEOUT_SECONDS):
        while True:
            rows, late = await connection.fetchrow(_LATENESS, user)
            if rows == count:
                return list(late)
            await asyncio.sleep(_POLL_SECONDS)


PATH: Final = Path(
    title="Lateness: from due to stored",
    unit="ms",
    notes=(
        "`stored_at` less `notify_at`, by the database's clock. At rest one event a second is "
        f"created through the API, under load {LOAD:.0f}, each with a reminder "
        f"{LEAD.total_seconds():g} s later."
    ),
    goals=[
        Goal(figure="p99: at rest", sense="at most", limit=100, unit="ms"),
        Goal(figure="p99: under load", sense="at most", limit=250, unit="ms"),
    ],
    contenders=_contenders,
    rounds=3,
    seconds=10,
)
