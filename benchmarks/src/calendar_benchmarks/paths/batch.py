"""A hundred events with their reminders in one request; and the same rows by COPY."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import uuid4

import asyncpg

from calendar_benchmarks.load import Load, request
from calendar_benchmarks.path import Claim, Contender, Path
from calendar_benchmarks.stage import Stage

_SIZE: Final = 100
_START: Final = datetime(2100, 5, 5, 9, tzinfo=UTC)
_LENGTH: Final = timedelta(minutes=45)
_LEAD: Final = timedelta(minutes=15)

_EVENTS: Final = [
    {
        "title": f"Lesson {number}",
        "description": "Bring the book.",
        "starts_at": (_START + timedelta(hours=number)).isoformat(),
        "ends_at": (_START + timedelta(hours=number) + _LENGTH).isoformat(),
        "notify_before": "PT15M",
    }
    for number in range(_SIZE)
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
"""COPYs at once: as many as the API has connections to PostgreSQL."""
_EVENT_COLUMNS: Final = (
    "user_id",
    "id",
    "title",
    "description",
    "starts_at",
    "ends_at",
    "notify_before",
)
_REMINDER_COLUMNS: Final = (
    "user_id",
    "event_id",
    "notification_id",
    "due_at",
    "ready_at",
    "next_try_at",
)


@asynccontextmanager
async def _contenders(stage: Stage) -> AsyncIterator[Sequence[Contender]]:
    async with (
        stage.database() as dsn,
        stage.database() as copied,
        stage.service("api", dsn=dsn) as api,
        asyncpg.create_pool(copied, min_size=_COPIES, max_size=_COPIES) as pool,
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
    """Copies batches, each in a transaction; how many."""
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
    for number in range(_SIZE):
        event_id = uuid4()
        starts_at = _START + timedelta(hours=number)
        due_at = starts_at - _LEAD
        title = f"Lesson {number}"
        ends_at = starts_at + _LENGTH
        events.append(("user-1", event_id, title, "Bring the book.", starts_at, ends_at, _LEAD))
        reminders.append(("user-1", event_id, uuid4(), due_at, due_at, due_at))
    return events, reminders


PATH: Final = Path(
    title="Create a batch of 100 events, 32 connections",
    unit="events/s",
    claims=[Claim(ceilings=["COPY"], sense="at least", goal=0.5)],
    contenders=_contenders,
    seconds=2.0,
    notes=[
        (
            f"COPY writes the same rows of both tables, a hundred in a transaction, over {_COPIES} "
            "connections. It answers nothing, and does not care whether an event exists already."
        )
    ],
)
