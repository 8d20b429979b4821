"""Reminders through the Scheduler alone, the Storer alone, or all stages at once."""

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from calendar_benchmarks.reminders import delete_events, fill_reminders
from calendar_benchmarks.sandbox import Sandbox
from calendar_benchmarks.servers import Server
from calendar_benchmarks.topic import TopicProbe, create_topic, messages, probe, producer, send_all

TIMEOUT_SECONDS: Final = 600.0

# From the first row to the last, by the database's clock.
STORE_SECONDS: Final = """
SELECT extract(epoch FROM max(stored_at) - min(stored_at))::float8 FROM notifications
"""

# The first reminder was due at $1, in seconds since 1970.
_STORED: Final = """
SELECT count(*) AS rows,
       extract(epoch FROM max(stored_at))::float8 - $1::float8 AS seconds,
       extract(epoch FROM max(stored_at - notify_at))::float8 AS latest
FROM notifications
"""

# With its indexes; the table has $2 rows.
_BYTES: Final = "SELECT pg_total_relation_size($1::text::regclass)::float8 / $2"


class RunningScheduler:
    """A Scheduler with a database and a topic of its own."""

    def __init__(self, dsn: str, topic: TopicProbe) -> None:
        self._dsn = dsn
        self._topic = topic

    async def publish(self, count: int, *, recurring: bool = False) -> float:
        """Lets `count` reminders be due at once; the number acknowledged by Kafka per second."""
        before = await self._topic.end()
        filled = await fill_reminders(self._dsn, count=count, recurring=recurring)
        ended = await self._topic.until_appended(before + count, seconds=TIMEOUT_SECONDS)
        await delete_events(self._dsn, filled)
        return count / (ended - filled.due)


@asynccontextmanager
async def running_scheduler(sandbox: Sandbox, *, dsn: str) -> AsyncIterator[RunningScheduler]:
    """Runs a Scheduler during the block."""
    topic = f"bench-{secrets.token_hex(4)}"
    async with (
        sandbox.service("scheduler", dsn=dsn, settings={"CALENDAR_KAFKA__TOPIC": topic}),
        probe(sandbox.kafka_servers, topic) as opened,
    ):
        yield RunningScheduler(dsn, opened)


async def fill_topic(sandbox: Sandbox, *, count: int) -> str:
    """The name of a new topic with `count` notifications."""
    topic = f"bench-{secrets.token_hex(4)}"
    await create_topic(sandbox.kafka_servers, topic)
    async with producer(sandbox.kafka_servers) as opened:
        await send_all(opened, topic, list(messages(count)))
    return topic


def stored_by(
    sandbox: Sandbox, topic: str, *, dsn: str, settings: Mapping[str, str]
) -> AbstractAsyncContextManager[Server]:
    """Runs a Storer of a topic, in a group of the same name, during the block."""
    own = {"CALENDAR_KAFKA__TOPIC": topic, "CALENDAR_STORER__GROUP_ID": topic}
    return sandbox.service("storer", dsn=dsn, settings={**own, **settings})


async def store(
    sandbox: Sandbox, *, count: int, settings: Mapping[str, str] | None = None
) -> float:
    """Starts a Storer on a topic of `count` records; the number of rows it stores per second."""
    topic = await fill_topic(sandbox, count=count)
    async with sandbox.database() as dsn, probe(sandbox.kafka_servers, topic) as watched:
        async with stored_by(sandbox, topic, dsn=dsn, settings=settings or {}):
            await watched.until_committed(count, group=topic, seconds=TIMEOUT_SECONDS)
        connection = await asyncpg.connect(dsn)
        try:
            seconds: float = await connection.fetchval(STORE_SECONDS)
        finally:
            await connection.close()
    return count / seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """One process of each service, over one database and one topic."""

    dsn: str
    topic: str
    """Also the name of the Storer's consumer group."""
    servers: Mapping[str, Server]
    """By the service's name."""


@asynccontextmanager
async def running_system(sandbox: Sandbox, *, dsn: str) -> AsyncIterator[System]:
    """Runs all three services during the block."""
    topic = f"bench-{secrets.token_hex(4)}"
    await create_topic(sandbox.kafka_servers, topic)
    kafka = {"CALENDAR_KAFKA__TOPIC": topic}
    group = {"CALENDAR_STORER__GROUP_ID": topic}
    async with (
        sandbox.service("api", dsn=dsn) as api,
        sandbox.service("scheduler", dsn=dsn, settings=kafka) as scheduler,
        sandbox.service("storer", dsn=dsn, settings=kafka | group) as storer,
    ):
        servers = {"api": api, "scheduler": scheduler, "storer": storer}
        yield System(dsn=dsn, topic=topic, servers=servers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """How reminders passed all stages, by the database's clock."""

    per_second: float
    """From the first due time to the last row."""
    latest: float
    """Seconds from due to stored, of the latest."""
    bytes_per_row: Mapping[str, float]
    """Of each table, with its indexes."""


async def pass_all_stages(sandbox: Sandbox, *, count: int, within: float) -> Passage:
    """Lets `count` reminders be due within some seconds, and waits until all are stored."""
    async with sandbox.database() as dsn:
        connection = await asyncpg.connect(dsn)
        try:
            async with (
                running_system(sandbox, dsn=dsn) as system,
                probe(sandbox.kafka_servers, system.topic) as topic,
            ):
                filled = await fill_reminders(dsn, count=count, within=within)
                sizes = await _sizes(connection, count, "events", "reminders")
                await topic.until_committed(count, group=system.topic, seconds=TIMEOUT_SECONDS)
            [(rows, seconds, latest)] = await connection.fetch(_STORED, filled.due)
            sizes |= await _sizes(connection, count, "notifications")
        finally:
            await connection.close()
    assert rows == count, f"{rows} notifications of {count} reminders"
    return Passage(per_second=rows / seconds, latest=latest, bytes_per_row=sizes)


async def _sizes(connection: Any, count: int, *tables: str) -> dict[str, float]:
    return {table: await connection.fetchval(_BYTES, table, count) for table in tables}
