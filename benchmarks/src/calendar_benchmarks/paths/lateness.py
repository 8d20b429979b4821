"""From the instant a reminder is due to its notification's row, at rest and under load."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final

import asyncpg

from calendar_benchmarks.paced import LEAD, write_reminders
from calendar_benchmarks.path import Claim, Contender, Path
from calendar_benchmarks.roundtrip import round_trips
from calendar_benchmarks.stage import Stage
from calendar_benchmarks.whole import System, running_system

REST: Final = 1.0
LOAD: Final = 200.0
"""Writes, and a little later reminders, a second."""

_PATIENCE_SECONDS: Final = LEAD.total_seconds() + 30
_LOOK_SECONDS: Final = 0.25

# A scan of a small table. In milliseconds.
_LATENESS: Final = """
SELECT count(*) AS rows, percentile_cont($2::float8[]) WITHIN GROUP (ORDER BY late) AS late
FROM (
    SELECT 1000 * extract(epoch FROM stored_at - notify_at)::float8 AS late
    FROM notifications WHERE user_id = $1
) AS notification
"""


@asynccontextmanager
async def _contenders(stage: Stage) -> AsyncIterator[Sequence[Contender]]:
    async with (
        stage.database() as dsn,
        running_system(stage, dsn=dsn) as system,
        round_trips(stage, dsn=dsn) as probe,
    ):
        yield [
            Contender(name="at rest", measure=_lateness(system, pace=REST)),
            # As often as the reminders: what rests between is as cold, and as many are the latest.
            Contender(name="round trips", measure=partial(probe.measure, pace=REST)),
            Contender(name="under load", measure=_lateness(system, pace=LOAD)),
        ]


def _lateness(system: System, *, pace: float) -> Callable[[float], Awaitable[dict[str, float]]]:
    async def measure(seconds: float) -> dict[str, float]:
        user = secrets.token_hex(8)
        count = await write_reminders(system.api.port, pace=pace, seconds=seconds, user=user)
        connection = await asyncpg.connect(system.dsn)
        try:
            median, p99 = await _stored(connection, user, count)
        finally:
            await connection.close()
        return {"median": median, "p99": p99}

    return measure


async def _stored(connection: Any, user: str, count: int) -> list[float]:
    """Waits for a user's notifications; the median and the 99th percentile of their lateness."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while True:
            rows, late = await connection.fetchrow(_LATENESS, user, [0.5, 0.99])
            if rows == count:
                return list(late)
            await asyncio.sleep(_LOOK_SECONDS)


PATH: Final = Path(
    title="Lateness: due to stored",
    unit="ms",
    better="less",
    rounds=3,
    seconds=16,
    claims=[
        Claim(figure="p99: at rest", ceilings=["p99: round trips"], sense="at most", goal=3),
        Claim(figure="p99: at rest", sense="at most", goal=50, unit="ms"),
        Claim(figure="p99: under load", sense="at most", goal=250, unit="ms"),
    ],
    contenders=_contenders,
    notes=[
        (
            "At rest: one event a second through the API, its reminder "
            f"{LEAD.total_seconds():g} s later. Under load: two hundred. By the "
            "database's clock: `stored_at` less `notify_at`."
        ),
        (
            "Round trips: one query to PostgreSQL, then one record to Kafka and back from it, "
            "once a second."
        ),
    ],
)
