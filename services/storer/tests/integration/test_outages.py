"""Outages are waited for and logged once. SIGTERM stops the service in any of them."""

import socket
import time
from urllib.parse import urlsplit

import asyncpg
from pydantic import SecretStr

from calendar_storer.database import migrations
from tests.conftest import notification
from tests.integration.black_hole import BlackHole
from tests.integration.conftest import Start
from tests.integration.outage import Outage
from tests.integration.storer import Storer
from tests.integration.table import Table
from tests.integration.topic import Topic
from tests.integration.waiting import eventually


async def failures(storer: Storer, dependency: str = "database") -> float:
    return await storer.metric(f'calendar_storer_failures_total{{dependency="{dependency}"}}')


async def failed_again(storer: Storer, times: int) -> None:
    so_far = await failures(storer)

    async def probe() -> bool:
        return await failures(storer) >= so_far + times

    await eventually(probe)


async def test_a_batch_is_held_while_the_database_is_away(
    start: Start, topic: Topic, dsn: str, outage: Outage
) -> None:
    storer = await start(topic, dsn)
    await storer.is_ready()
    await outage.begin()
    sent = [notification() for _ in range(200)]
    await topic.send(*sent)
    await failed_again(storer, 4)
    assert await topic.committed() == 0
    await storer.answers(503, database="ObjectNotInPrerequisiteState", broker="ok", group="ok")
    assert (await storer.get("/healthz"))[0] == 200

    await outage.end()
    table = Table(await asyncpg.connect(dsn))
    await table.has(sent)
    await topic.is_done_with(200)
    await storer.is_ready()
    await table.connection.close()
    assert len(storer.lines("dependency_unavailable", dependency="database")) == 1
    assert len(storer.lines("dependency_available", dependency="database")) == 1
    assert not [line for line in storer.lines() if "exception" in line]


async def test_a_batch_that_is_held_too_long_is_fetched_again(
    start: Start, topic: Topic, dsn: str, outage: Outage
) -> None:
    storer = await start(topic, dsn, CALENDAR_STORER__MAX_POLL_INTERVAL="PT5S")
    await storer.is_ready()
    await outage.begin()
    sent = [notification() for _ in range(50)]
    await topic.send(*sent)
    # Longer than the poll interval, after which a storer that is silent loses its partitions.
    away_until = time.monotonic() + 7
    while time.monotonic() < away_until:
        await failed_again(storer, 1)
    await topic.send(more := notification())
    await outage.end()
    table = Table(await asyncpg.connect(dsn))
    await table.has([*sent, more])
    await topic.is_done_with(51)
    await table.connection.close()
    # It was never put out of its group, and counts as alive.
    assert len(storer.lines("partitions_assigned")) == 1


async def test_a_frozen_database_is_an_outage(
    start: Start, topic: Topic, table: Table, dsn: str, black_hole: BlackHole
) -> None:
    address = urlsplit(dsn)
    assert address.hostname is not None
    async with black_hole.before(address.hostname, address.port or 5432) as port:
        netloc = address.netloc.rpartition("@")[0] + f"@127.0.0.1:{port}"
        storer = await start(topic, address._replace(netloc=netloc).geturl())
        await storer.is_ready()
        black_hole.open.clear()
        sent = [notification() for _ in range(20)]
        await topic.send(*sent)
        await failed_again(storer, 1)
        # The probe's own words, where its second is over; a query's end would have others.
        await storer.answers(503, database="no answer")
        black_hole.open.set()
        await table.has(sent)
        await storer.is_ready()
        black_hole.open.clear()
        await topic.send(notification())
        await failed_again(storer, 1)
        assert await storer.stop() == 0


async def test_waits_for_its_table(start: Start, topic: Topic, empty_dsn: str) -> None:
    sent = notification()
    await topic.send(sent)
    storer = await start(topic, empty_dsn)
    line = await storer.said("dependency_unavailable", dependency="tables")
    assert "calendar_storer migrate" in line["reason"]
    await storer.answers(503, database="migrate")
    await migrations.run(SecretStr(empty_dsn))
    table = Table(await asyncpg.connect(empty_dsn))
    await table.has([sent])
    await table.connection.close()
    assert len(storer.lines("dependency_unavailable", dependency="tables")) == 1


async def test_stops_while_kafka_is_away(start: Start, topic: Topic, dsn: str) -> None:
    # A bound port without a listener refuses connections, and no other process can take it.
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{held.getsockname()[1]}"
        storer = await start(topic, dsn, CALENDAR_KAFKA__BOOTSTRAP_SERVERS=address)
        await storer.said("dependency_unavailable", dependency="broker")
        await storer.answers(503, broker="Connect call failed")
        assert await storer.stop() == 0
    assert len(storer.lines("dependency_unavailable", dependency="broker")) == 1


async def test_stops_while_kafka_accepts_connections_and_does_not_answer(
    start: Start, topic: Topic, dsn: str
) -> None:
    # The kernel accepts the connections, but no process reads from them.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        storer = await start(topic, dsn, CALENDAR_KAFKA__BOOTSTRAP_SERVERS=f"127.0.0.1:{port}")
        await storer.said("dependency_unavailable", dependency="broker")
        assert await storer.stop() == 0


async def test_stops_while_the_database_is_away(
    start: Start, topic: Topic, dsn: str, outage: Outage
) -> None:
    storer = await start(topic, dsn)
    await storer.is_ready()
    await outage.begin()
    await topic.send(notification())
    await failed_again(storer, 2)
    assert await storer.stop() == 0
    assert await topic.committed() == 0


async def test_a_batch_that_hangs_is_cut_short_when_it_stops(
    start: Start, topic: Topic, dsn: str
) -> None:
    hang = """
import asyncio, os, signal
from calendar_storer.notifications.repository import Repository
async def stop_and_hang(*rows):
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.Event().wait()
Repository.store = stop_and_hang
"""
    await topic.send(notification())
    storer = await start(topic, dsn, code=hang)
    assert await storer.ended() == 0
    assert len(storer.lines("drain_cut_short")) == 1
    assert await topic.committed() == 0


async def test_commits_what_it_stored_before_it_stops(
    start: Start, topic: Topic, table: Table, dsn: str
) -> None:
    await topic.send(*(notification() for _ in range(100)))
    between = """
import os, signal
from calendar_storer.notifications.repository import Repository
store = Repository.store
async def store_and_stop(*rows):
    late = await store(*rows)
    os.kill(os.getpid(), signal.SIGTERM)
    return late
Repository.store = store_and_stop
"""
    storer = await start(topic, dsn, code=between, CALENDAR_STORER__BATCH_SIZE="10")
    assert await storer.ended() == 0
    stored = len(await table.rows())
    assert 0 < stored < 100
    assert await topic.committed() == stored
