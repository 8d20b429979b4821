"""Streams that break off, and their clients, who connect again: each notification comes once."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from calendar_contracts import Notification
from tests.conftest import notification
from tests.integration.conftest import Start
from tests.integration.event_source import EventSource, StreamEnded
from tests.integration.outage import Outage
from tests.integration.rest import store
from tests.integration.storer import Storer
from tests.integration.table import Table
from tests.integration.topic import Topic
from tests.integration.waiting import DEADLINE, eventually

USERS = ("ann", "bob", "cid")


class Follower:
    """Follows a user's notifications over any number of connections, to any of several ports."""

    def __init__(self, user: str, ports: Sequence[int]) -> None:
        self.user = user
        self.ports = list(ports)
        self.received: list[dict[str, Any]] = []
        self.connections = 0
        self._last_id: str | None = None

    async def connect(self) -> EventSource:
        """A stream from where the client is, on any of the ports; its first block is read."""
        while True:
            port = random.choice(self.ports)
            try:
                stream = await EventSource.open(port, self.user, last_id=self._last_id)
            except (OSError, asyncio.IncompleteReadError):
                await asyncio.sleep(0.01)
                continue
            if stream.status == 200:
                try:
                    await stream.block()
                except StreamEnded:
                    continue
                self._last_id = stream.last_id
                self.connections += 1
                return stream
            stream.close()
            await asyncio.sleep(0.01)

    async def follow(
        self, stream: EventSource, count: int, *, events_per_connection: int = 10**9
    ) -> None:
        """Receive until there are `count` in all; reconnect after each `events_per_connection`."""
        while True:
            try:
                for _ in range(events_per_connection):
                    if len(self.received) >= count:
                        return
                    self.received += await stream.notifications(1)
                    self._last_id = stream.last_id
            except StreamEnded:
                pass
            finally:
                stream.close()
            stream = await self.connect()

    def ids(self) -> list[str]:
        return [each["id"] for each in self.received]


async def table_ids(connection: asyncpg.Connection, user: str) -> list[str]:
    """In the order of arrival."""
    rows = await connection.fetch(
        "SELECT notification_id FROM notifications WHERE user_id = $1"
        " ORDER BY arrival, stored_at, notification_id",
        user,
    )
    return [str(row["notification_id"]) for row in rows]


@asynccontextmanager
async def two_storers(start: Start, topic: Topic, dsn: str) -> AsyncIterator[list[Storer]]:
    storers = [await start(topic, dsn), await start(topic, dsn)]
    for storer in storers:
        await storer.is_ready()
    yield storers


async def write(dsn: str, notifications: Sequence[Notification], *, size: int) -> None:
    """One writer: a transaction for each `size` of them, which takes its time to commit."""
    connection = await asyncpg.connect(dsn)
    try:
        for first in range(0, len(notifications), size):
            async with connection.transaction():
                for each in notifications[first : first + size]:
                    await connection.execute(
                        "INSERT INTO notifications (notification_id, event_id, title, event_date,"
                        " user_id, notify_at) VALUES ($1, $2, $3, $4, $5, $6)",
                        *(each.notification_id, each.event_id, each.title, each.event_date),
                        *(each.user_id, each.notify_at),
                    )
                await asyncio.sleep(random.random() / 50)
    finally:
        await connection.close()


async def test_each_notification_comes_once_across_kills_replicas_and_concurrent_writers(
    start: Start, topic: Topic, dsn: str
) -> None:
    async with two_storers(start, topic, dsn) as storers:
        clients = [
            Follower(user, [await storer.port() for storer in storers])
            for user in USERS
            for _ in range(3)
        ]
        streams = [await client.connect() for client in clients]
        written = [notification(user_id=USERS[n % 3]) for n in range(1200)]
        following = [
            asyncio.create_task(client.follow(stream, 400, events_per_connection=40))
            for client, stream in zip(clients, streams, strict=True)
        ]
        writers = [
            asyncio.create_task(write(dsn, written[n::4], size=size))
            for n, size in enumerate((1, 3, 10, 30))
        ]

        async def has_progressed() -> bool:
            return all(len(client.received) > 100 for client in clients)

        await eventually(has_progressed)
        await storers[0].kill()
        replacement = await start(topic, dsn)
        for client in clients:
            client.ports[0] = await replacement.port()
        async with asyncio.timeout(DEADLINE):
            await asyncio.gather(*writers, *following)

    connection = await asyncpg.connect(dsn)
    for client in clients:
        assert client.ids() == await table_ids(connection, client.user)
        assert client.connections > 10
    await connection.close()


async def store_megabytes(connection: asyncpg.Connection, user: str, count: int) -> None:
    """More than fits into a queue, and into what two systems keep of a connection."""
    for first in range(0, count, 1000):
        titles = ("x" * 250 + str(n) for n in range(first, first + 1000))
        await store(connection, *(notification(user_id=user, title=title) for title in titles))


async def is_dropped(storer: Storer) -> None:
    async def dropped() -> bool:
        return await storer.metric("calendar_storer_streams_dropped_total") >= 1

    await eventually(dropped)


async def test_slow_reader_is_dropped_and_resumes(
    start: Start, topic: Topic, dsn: str, table: Table
) -> None:
    storer = await start(topic, dsn)
    await storer.is_ready()
    port = await storer.port()
    slow, other = Follower("ann", [port]), Follower("bob", [port])
    stream = await EventSource.open(port, "ann", buffer=4096)
    following = asyncio.create_task(other.follow(await other.connect(), 2))
    await store(table.connection, notification(user_id="bob"))
    await store_megabytes(table.connection, "ann", 25_000)
    await is_dropped(storer)
    await store(table.connection, notification(user_id="bob"))
    await asyncio.gather(slow.follow(stream, 25_000), following)

    connection = await asyncpg.connect(dsn)
    assert slow.ids() == await table_ids(connection, "ann")
    assert slow.connections >= 1
    assert other.ids() == await table_ids(connection, "bob")
    assert other.connections == 1
    await connection.close()


async def test_sigterm_ends_streams_cleanly(start: Start, topic: Topic, dsn: str) -> None:
    storer = await start(topic, dsn)
    await storer.is_ready()
    port = await storer.port()
    streams = [await EventSource.open(port, f"user-{n}") for n in range(100)]
    for stream in streams:
        await stream.block()
    assert await storer.stop() == 0

    for stream in streams:
        with pytest.raises(StreamEnded) as ended:
            await stream.block()
        assert ended.value.is_clean
        stream.close()
    assert not storer.lines(level="error")


async def test_sigterm_does_not_wait_for_slow_readers(
    start: Start, topic: Topic, dsn: str, table: Table
) -> None:
    storer = await start(topic, dsn)
    await storer.is_ready()
    stream = await EventSource.open(await storer.port(), "ann", buffer=4096)
    await store_megabytes(table.connection, "ann", 25_000)
    await is_dropped(storer)
    assert await storer.stop() == 0
    stream.close()


async def test_stream_waits_while_the_database_is_away(
    start: Start, topic: Topic, dsn: str, table: Table, outage: Outage
) -> None:
    storer = await start(topic, dsn)
    await storer.is_ready()
    port = await storer.port()
    stream = await EventSource.open(port, "ann")
    await store(table.connection, notification(user_id="ann", title="before"))
    assert [each["title"] for each in await stream.notifications(1)] == ["before"]

    await outage.begin()
    await storer.answers(503, database="ObjectNotInPrerequisiteState")
    for last_id in (None, stream.last_id):
        refused = await EventSource.open(port, "ann", last_id=last_id)
        assert refused.status == 503
        assert refused.header("retry-after")
        refused.close()
    await outage.end()

    connection = await asyncpg.connect(dsn)
    await store(connection, notification(user_id="ann", title="after"))
    assert [each["title"] for each in await stream.notifications(1)] == ["after"]
    assert len(storer.lines("dependency_unavailable", dependency="database")) == 1
    await connection.close()
    stream.close()
