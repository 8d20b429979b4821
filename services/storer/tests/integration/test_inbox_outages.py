"""A database that is away or slow: 503 in time, and storing goes on where it can."""

import asyncio
import time
from collections.abc import Awaitable
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
from pydantic import SecretStr
from requests import Response

from calendar_storer.database import migrations
from tests.conftest import notification
from tests.integration.black_hole import BlackHole
from tests.integration.conftest import Start
from tests.integration.outage import Outage
from tests.integration.rest import Client, Rest, store
from tests.integration.storer import Storer
from tests.integration.table import Table
from tests.integration.topic import Topic
from tests.integration.waiting import eventually

LIMIT_SECONDS = 5.75
"""The contract's five, and some for a machine that pauses."""


async def user_of(storer: Storer, connection: asyncpg.Connection | None = None) -> Client:
    port = (await storer.said("service_started"))["port"]
    return Rest(f"http://127.0.0.1:{port}", connection).user()


async def all_unavailable(user: Client) -> None:
    async def is_unavailable(call: Awaitable[Response]) -> None:
        began = time.monotonic()
        response = await call
        assert time.monotonic() - began < LIMIT_SECONDS
        assert response.status_code == 503
        assert response.headers["retry-after"] == "1"
        assert response.headers["content-type"] == "application/problem+json"

    calls = (user.call("GET"), user.call("HEAD"), user.acknowledge(uuid4()))
    await asyncio.gather(*map(is_unavailable, calls))


async def test_from_the_start_without_tables_to_the_recovery(
    start: Start, topic: Topic, empty_dsn: str, server: asyncpg.Connection
) -> None:
    storer = await start(topic, empty_dsn)
    user = await user_of(storer)
    await all_unavailable(user)
    connection = await asyncpg.connect(empty_dsn)
    for _, sql in migrations.migrations()[:2]:  # Those of the previous release.
        await connection.execute(sql)
    await all_unavailable(user)
    await connection.execute("DROP TABLE notifications")
    await migrations.run(SecretStr(empty_dsn))
    assert (await user.page())["items"] == []

    outage = Outage(server, empty_dsn)
    await outage.begin()
    await all_unavailable(user)
    assert (await storer.get("/healthz"))[0] == 200
    await outage.end()

    connection = await asyncpg.connect(empty_dsn)
    sent = notification(user_id=user.user)
    await store(connection, sent)
    [item] = (await user.page())["items"]
    assert item["id"] == str(sent.notification_id)
    assert (await user.acknowledge(item["id"])).status_code == 200
    assert not [line for line in storer.lines() if line["event"] == "request_failed"]
    await connection.close()


async def test_a_network_that_drops_everything(
    start: Start, topic: Topic, dsn: str, black_hole: BlackHole
) -> None:
    address = urlsplit(dsn)
    assert address.hostname
    assert address.port
    async with black_hole.before(address.hostname, address.port) as port:
        storer = await start(topic, dsn.replace(f":{address.port}/", f":{port}/"))
        user = await user_of(storer)
        await user.page()
        black_hole.open.clear()
        await all_unavailable(user)
        black_hole.open.set()

        async def recovers() -> bool:
            return (await user.call("GET")).status_code == 200

        await eventually(recovers)


async def test_requests_that_wait_leave_storing_its_connections(
    start: Start, topic: Topic, dsn: str, table: Table
) -> None:
    storer = await start(topic, dsn)
    await storer.is_ready()
    connection = await asyncpg.connect(dsn)
    user = await user_of(storer, connection)
    [held] = await user.receives("held")
    sent = notification()

    async with table.connection.transaction():
        await table.connection.execute("SELECT * FROM notifications FOR UPDATE")
        waiting = [asyncio.create_task(user.acknowledge(held.notification_id)) for _ in range(20)]
        await topic.send(sent)
        responses = await asyncio.gather(*waiting)
    assert {response.status_code for response in responses} == {503}
    await table.has([held, sent])

    assert await storer.metric('calendar_storer_failures_total{dependency="database"}') == 0
    await connection.close()
