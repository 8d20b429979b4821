"""Reminders that are due at once, until Kafka has acknowledged each of them."""

import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg

from calendar_benchmarks.path import Claim, Contender, Path
from calendar_benchmarks.reminders import fill_reminders, forget
from calendar_benchmarks.scheduling import running_scheduler
from calendar_benchmarks.stage import Stage
from calendar_benchmarks.statements import statements
from calendar_benchmarks.topic import create_topic, messages, producer, send_all

COUNT: Final = 30_000
BATCH: Final = 500
"""The Scheduler's own, by default."""


@asynccontextmanager
async def _contenders(stage: Stage) -> AsyncIterator[Sequence[Contender]]:
    servers, topic = stage.kafka.bootstrap_servers, f"bench-{secrets.token_hex(4)}"
    await create_topic(servers, topic)
    async with (
        stage.database() as dsn,
        running_scheduler(stage, dsn=dsn) as scheduler,
        stage.database() as bare_dsn,
        producer(servers) as bare_producer,
    ):

        async def calendar(_seconds: float) -> float:
            return await scheduler.send(COUNT)

        async def bare_claim(_seconds: float) -> float:
            return await _claim(bare_dsn)

        async def bare_send(_seconds: float) -> float:
            return await _send(bare_producer, topic)

        yield [
            Contender(name="calendar", measure=calendar),
            Contender(name="bare claim", measure=bare_claim),
            Contender(name="bare send", measure=bare_send),
        ]


async def _claim(dsn: str) -> float:
    """Claims and deletes in the Scheduler's batches, and sends nothing."""
    sql = statements("scheduler")
    connection = await asyncpg.connect(dsn)
    try:
        filled = await fill_reminders(dsn, count=COUNT)
        await filled.until_due()
        began = time.perf_counter()
        claimed = BATCH
        while claimed:
            claimed = await _claim_once(connection, sql)
        took = time.perf_counter() - began
    finally:
        await connection.close()
    await forget(dsn, filled)
    return COUNT / took


async def _claim_once(connection: Any, sql: Any) -> int:
    await connection.execute("BEGIN; SET LOCAL plan_cache_mode = force_generic_plan")
    rows = await connection.fetch(sql["CLAIM"], BATCH)
    keys = [row["user_id"] for row in rows], [row["event_id"] for row in rows]
    await connection.fetch(sql["EVENTS_OF_CLAIMED"], *keys)
    await connection.execute(sql["REMOVE"], *keys)
    await connection.execute("COMMIT")
    return len(rows)


async def _send(sender: Any, topic: str) -> float:
    """Sends as many messages of the same size, all at once."""
    batch = list(messages(COUNT))
    began = time.perf_counter()
    await send_all(sender, topic, batch)
    return COUNT / (time.perf_counter() - began)


PATH: Final = Path(
    title="Scheduler: reminders due at once, to acknowledged in Kafka",
    unit="reminders/s",
    rounds=5,
    claims=[Claim(ceilings=["bare claim", "bare send"], sense="at least", goal=0.60)],
    contenders=_contenders,
    notes=[
        (
            f"{COUNT:,} reminders fall due in the same instant; the last acknowledgement "
            "counts, by the broker's clock."
        ),
        (
            "Bare claim: the Scheduler's own statements in its batches, on one connection. "
            "Bare send: messages of the same size from one aiokafka producer, all at once. "
        ),
    ],
)
