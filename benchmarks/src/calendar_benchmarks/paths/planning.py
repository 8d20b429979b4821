"""The API's planner, which writes the next reminders of series."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg

from calendar_benchmarks.path import Contender, Goal, Path
from calendar_benchmarks.sandbox import Sandbox
from calendar_benchmarks.written import write_events

SERIES: Final = 1_000

_TIMEOUT_SECONDS: Final = 60.0
_POLL_SECONDS: Final = 0.01

_MAKE_DUE: Final = "UPDATE schedules SET refill_at = now() WHERE user_id = $1"

# Index schedules_refill.
_LEFT: Final = "SELECT count(*) FROM schedules WHERE refill_at <= statement_timestamp()"

_PENDING: Final = """
SELECT sum(cardinality(upcoming_due)) FROM reminders WHERE user_id = $1
"""

_EVENT: Final = {
    "title": "Lesson",
    "starts_at": "2100-05-03T09:00:00",
    "duration": "PT45M",
    "time_zone": "Europe/Berlin",
    "recurrence": {"rule": "FREQ=WEEKLY;BYDAY=MO,TH"},
    "notify_before": "PT15M",
}


@asynccontextmanager
async def _contenders(sandbox: Sandbox) -> AsyncIterator[Sequence[Contender]]:
    async with (
        sandbox.database() as dsn,
        sandbox.service("api", dsn=dsn) as api,
        asyncpg.create_pool(dsn, min_size=1, max_size=1) as pool,
    ):

        async def plan(_seconds: float) -> float:
            user = secrets.token_hex(4)
            await write_events(api.port, [_EVENT] * SERIES, user=user)
            async with pool.acquire() as connection:
                return await _rate(connection, user)

        yield [Contender(name="calendar", measure=plan)]


async def _rate(connection: Any, user: str) -> float:
    """Lets all lists of the user be continued; the reminders written per second.

    It counts from the first batch that is seen: the planner looks every five seconds.
    """
    before = await connection.fetchval(_PENDING, user)
    await connection.execute(_MAKE_DUE, user)
    first = await _until_left(connection, at_most=SERIES - 1)
    began = time.perf_counter()
    await _until_left(connection, at_most=0)
    took = time.perf_counter() - began
    written = await connection.fetchval(_PENDING, user) - before
    return float(written) * first / SERIES / took


async def _until_left(connection: Any, *, at_most: int) -> int:
    """Waits until no more lists than that are to be continued; returns their number."""
    async with asyncio.timeout(_TIMEOUT_SECONDS):
        while (left := await connection.fetchval(_LEFT)) > at_most:  # noqa: ASYNC110 - of another process
            await asyncio.sleep(_POLL_SECONDS)
    return int(left)


PATH: Final = Path(
    title="Planning: the next reminders of series",
    unit="reminders/s",
    notes=(
        f"the lists of {SERIES:,} weekly series, which one API continues from 10 reminders to as "
        "many as it writes ahead, in its own batches and transactions."
    ),
    goals=[Goal(sense="at least", limit=20_000, unit="reminders/s")],
    contenders=_contenders,
    rounds=3,
    warm_up=False,
)
