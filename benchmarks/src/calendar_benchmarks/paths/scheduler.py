"""Reminders that are due at once, until Kafka has acknowledged each."""

import secrets
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg

from calendar_benchmarks.path import Contender, Goal, Path
from calendar_benchmarks.pipeline import running_scheduler
from calendar_benchmarks.reminders import delete_events, fill_reminders, until_due
from calendar_benchmarks.sandbox import Sandbox
from calendar_benchmarks.statements import statements
from calendar_benchmarks.topic import create_topic, messages, producer, send_all

COUNT: Final = 30_000
BATCH: Final = 500
"""The Scheduler's default."""


@asynccontextmanager
async def _contenders(sandbox: Sandbox) -> AsyncIterator[Sequence[Contender]]:
    servers, topic = sandbox.kafka_servers, f"bench-{secrets.token_hex(4)}"
    await create_topic(servers, topic)
    async with (
        sandbox.database() as dsn,
        running_scheduler(sandbox, dsn=dsn) as scheduler,
        sandbox.database() as bare_dsn,
        producer(servers) as bare_producer,
    ):

        async def calendar(_seconds: float) -> float:
            return await scheduler.publish(COUNT)

        async def bare_claim(_seconds: float) -> float:
            return await _claim_all(bare_dsn)

        async def bare_send(_seconds: float) -> float:
            return await _send(bare_producer, topic)

        yield [
            Contender(name="calendar", measure=calendar),
            Contender(name="bare claim", measure=bare_claim),
            Contender(name="bare send", measure=bare_send),
        ]


async def _claim_all(dsn: str) -> float:
    """Claims and deletes in batches without sending; the number per second."""
    sql = statements("scheduler", "reminders")
    connection = await asyncpg.connect(dsn)
    try:
        filled = await fill_reminders(dsn, count=COUNT)
        await until_due(filled)
        began = time.perf_counter()
        while await _claim(connection, sql):
            pass
        took = time.perf_counter() - began
    finally:
        await connection.close()
    await delete_events(dsn, filled)
    return COUNT / took


async def _claim(connection: Any, sql: Mapping[str, str]) -> int:
    await connection.execute(
        "BEGIN; SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL enable_seqscan = off"
    )
    rows = await connection.fetch(sql["CLAIM"], BATCH)
    keys = [row["user_id"] for row in rows], [row["event_id"] for row in rows]
    await connection.fetch(sql["EVENTS_OF_CLAIMED"], *keys)
    await connection.execute(sql["REMOVE"], *keys)
    await connection.execute("COMMIT")
    return len(rows)


async def _send(sender: Any, topic: str) -> float:
    batch = list(messages(COUNT))
    began = time.perf_counter()
    await send_all(sender, topic, batch)
    return COUNT / (time.perf_counter() - began)


PATH: Final = Path(
    title="Scheduler: reminders due at once, until acknowledged by Kafka",
    unit="reminders/s",
    notes=(
        f"{COUNT:,} reminders that are due at once, until the last acknowledgement, by the "
        "broker's clock. The bare claim sends the Scheduler's own statements in its batches, over "
        "one connection; the bare send messages of the same size from one aiokafka producer."
    ),
    goals=[Goal(relative_to=["bare claim", "bare send"], sense="at least", limit=0.50)],
    contenders=_contenders,
)
