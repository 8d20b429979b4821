"""Create a hundred events with their reminders in one request; COPY of the same rows."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import uuid4

import asyncpg

from calendar_benchmarks.load import Load, request
from calendar_benchmarks.path import Contender, Goal, Path
from calendar_benchmarks.sandbox import Sandbox

_SIZE: Final = 100
_LENGTH: Final = timedelta(minutes=45)
_LEAD: Final = timedelta(minutes=15)
_STARTS: Final = [datetime(2100, 5, 5, 9, tzinfo=UTC) + timedelta(hours=n) for n in range(_SIZE)]

_EVENTS: Final = [
    {
        "title": f"Lesson {number}",
        "description": "Bring the book.",
        "starts_at": starts_at.isoformat(),
        "ends_at": (starts_at + _LENGTH).isoformat(),
        "notify_before": "PT15M",
    }
    for number, starts_at in enumerate(_STARTS)
]
_POSTS: Final = [
    request(
        "POST",
        "/v1/events/batch",
        headers={"X-User-Id": f"user-{number}"},
        body={"events": _EVENTS},
    )
    for number in range(8)
]

_COPIES: Final = 10
"""Concurrent COPYs: as many as the API has connections to PostgreSQL."""
_EVENT_COLUMNS: Final = (
    *("user_id", "id", "title", "description", "starts_at", "ends_at", "notify_before"),
)
_REMINDER_COLUMNS: Final = (
    *("user_id", "event_id", "notification_id", "due_at", "ready_at", "next_try_at"),
)


@asynccontextmanager
async def _contenders(sandbox: Sandbox) -> AsyncIterator[Sequence[Contender]]:
    async with (
        sandbox.database() as dsn,
        sandbox.database() as copy_dsn,
        sandbox.service("api", dsn=dsn) as api,
        asyncpg.create_pool(copy_dsn, min_size=_COPIES, max_size=_COPIES) as pool,
    ):
        load = Load(port=api.port, requests=_POSTS, status=201)

        async def post(seconds: float) -> float:
            return _SIZE * await load.rate(seconds)

        async def copy(seconds: float) -> float:
            began = time.perf_counter()
            copying = (_copy(pool, until=began + seconds) for _ in range(_COPIES))
            batches = sum(await asyncio.gather(*copying))
            return _SIZE * batches / (time.perf_counter() - began)

        yield [Contender(name="calendar", measure=post), Contender(name="COPY", measure=copy)]


async def _copy(pool: "asyncpg.Pool[asyncpg.Record]", *, until: float) -> int:
    """Copies batches, each in a transaction, and returns their number."""
    batches = 0
    async with pool.acquire() as connection:
        while time.perf_counter() < until:
            events, reminders = _rows()
            async with connection.transaction():
                await connection.copy_records_to_table(
                    "events", records=events, columns=_EVENT_COLUMNS
                )
                await connection.copy_records_to_table(
                    "reminders", records=reminders, columns=_REMINDER_COLUMNS
                )
            batches += 1
    return batches


def _rows() -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    events, reminders = list[tuple[object, ...]](), list[tuple[object, ...]]()
    for event, starts_at in zip(_EVENTS, _STARTS, strict=True):
        event_id, due_at = uuid4(), starts_at - _LEAD
        text = event["title"], event["description"]
        events.append(("user-1", event_id, *text, starts_at, starts_at + _LENGTH, _LEAD))
        reminders.append(("user-1", event_id, uuid4(), due_at, due_at, due_at))
    return events, reminders


PATH: Final = Path(
    title="Create a batch of 100 events, 32 connections",
    unit="events/s",
    notes=(
        "100 events with reminders in each request. COPY writes the same rows of both tables, a "
        f"hundred in a transaction, over {_COPIES} connections; it checks nothing."
    ),
    goals=[Goal(relative_to=["COPY"], sense="at least", limit=0.50)],
    contenders=_contenders,
)
