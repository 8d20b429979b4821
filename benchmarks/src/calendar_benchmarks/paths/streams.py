"""A thousand clients that follow their notifications: what they cost, and how soon they know."""

import asyncio
import dataclasses
import json
import secrets
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import asyncpg
import psutil

from calendar_benchmarks.path import Contender, Figures, Goal, Path
from calendar_benchmarks.pipeline import STORE_SECONDS, TIMEOUT_SECONDS
from calendar_benchmarks.sandbox import Sandbox
from calendar_benchmarks.servers import Server
from calendar_benchmarks.streams import open_streams
from calendar_benchmarks.topic import Message, create_topic, messages, probe, producer, send_all

STREAMS: Final = 1000
"""The most that a process serves."""
COUNT: Final = 150_000
PACE: Final = 200.0
"""Notifications per second for clients that wait for them."""

_WATCHERS: Final = [f"watcher-{number}" for number in range(STREAMS)]
"""None of them is a user of `messages`."""

# Stops storing, and neither streams nor readiness.
_HOLD: Final = "LOCK TABLE notifications IN SHARE MODE"


@asynccontextmanager
async def _contenders(sandbox: Sandbox) -> AsyncIterator[Sequence[Contender]]:
    async def alone(_seconds: float) -> Figures:
        return {"rows/s": await _store(sandbox, watchers=[])}

    async def beside_streams(_seconds: float) -> Figures:
        return {"rows/s": await _store(sandbox, watchers=_WATCHERS)}

    async with _running_storer(sandbox) as (topic, _dsn, storer):

        async def watched(seconds: float) -> Figures:
            return await _deliver(sandbox, topic, storer, seconds=seconds)

        yield [
            Contender(name="without streams", measure=alone),
            Contender(name="with 1,000 idle streams", measure=beside_streams),
            Contender(name="1,000 streams", measure=watched),
        ]


@asynccontextmanager
async def _running_storer(sandbox: Sandbox) -> AsyncIterator[tuple[str, str, Server]]:
    """A Storer with a topic and a database of its own: topic, DSN and process."""
    topic = f"bench-{secrets.token_hex(4)}"
    settings = {"CALENDAR_KAFKA__TOPIC": topic, "CALENDAR_STORER__GROUP_ID": topic}
    await create_topic(sandbox.kafka_servers, topic)
    async with (
        sandbox.database() as dsn,
        sandbox.service("storer", dsn=dsn, settings=settings) as storer,
    ):
        yield topic, dsn, storer


async def _store(sandbox: Sandbox, *, watchers: Sequence[str]) -> float:
    """Stores a full topic while the streams of these users are open; rows per second."""
    servers = sandbox.kafka_servers
    async with (
        _running_storer(sandbox) as (topic, dsn, storer),
        probe(servers, topic) as watched,
        open_streams(storer.port, watchers),
    ):
        connection = await asyncpg.connect(dsn)
        try:
            async with connection.transaction(), producer(servers) as opened:
                await connection.execute(_HOLD)
                await send_all(opened, topic, list(messages(COUNT)))
            await watched.until_committed(COUNT, group=topic, seconds=TIMEOUT_SECONDS)
            seconds: float = await connection.fetchval(STORE_SECONDS)
        finally:
            await connection.close()
    return COUNT / seconds


async def _deliver(
    sandbox: Sandbox, topic: str, storer: Server, *, seconds: float
) -> dict[str, float]:
    """Sends notifications at a steady pace to clients that follow them."""
    process = psutil.Process(storer.pid)
    async with (
        producer(sandbox.kafka_servers) as opened,
        open_streams(storer.port, _WATCHERS) as streams,
    ):
        began = time.monotonic()
        memory = process.memory_info().rss / 2**20
        sent = _for_watchers(round(PACE * seconds))
        for number, message in enumerate(sent):
            await asyncio.sleep(began + number / PACE - time.monotonic())
            await send_all(opened, topic, [message])
        await streams.until_received(len(sent))
        percentiles = statistics.quantiles(streams.late_ms, n=100)
    return {"median, ms": percentiles[49], "p99, ms": percentiles[98], "idle, MiB": memory}


def _for_watchers(count: int) -> list[Message]:
    """Notifications of users who follow them, new ones in each call."""
    found = []
    for number, message in enumerate(messages(count)):
        user = _WATCHERS[number % STREAMS]
        own = {"notification_id": str(secrets.token_hex(16)), "user_id": user}
        value = json.dumps(json.loads(message.value) | own).encode()
        found.append(dataclasses.replace(message, key=user.encode(), value=value))
    return found


PATH: Final = Path(
    title="Streams: 1,000 clients of one Storer",
    unit="as named",
    notes=(
        f"{STREAMS:,} open streams of as many users in one process. Rows per second: a topic of "
        f"{COUNT:,} records for other users is stored meanwhile, or without any streams. From "
        f"`stored_at` to the client: {PACE:.0f} notifications a second for the users of the "
        "streams. Memory: resident, of the whole process, before the first of them."
    ),
    goals=[
        Goal(
            figure="rows/s: with 1,000 idle streams",
            relative_to=["rows/s: without streams"],
            sense="at least",
            limit=0.90,
        ),
        Goal(figure="p99, ms: 1,000 streams", sense="at most", limit=250, unit="ms"),
        Goal(figure="idle, MiB: 1,000 streams", sense="at most", limit=256, unit="MiB"),
    ],
    contenders=_contenders,
    seconds=5,
)
