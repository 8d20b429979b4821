"""Webhooks of running Storers, from the topic to the receiver."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

import pytest
from standardwebhooks import Webhook

from calendar_contracts import Notification
from tests.conftest import notification
from tests.integration.conftest import Start
from tests.integration.receiver import SECRET, Receiver, Request, receiving, silence, status
from tests.integration.storer import Storer
from tests.integration.table import Table, everything_is_delivered
from tests.integration.topic import Topic

StartFor = Callable[..., Awaitable[Storer]]


@pytest.fixture
def start_for(start: Start, topic: Topic, dsn: str) -> StartFor:
    """Starts a Storer with endpoints named `endpoint-0`, `endpoint-1`, …"""

    async def start_one(*receivers: Receiver) -> Storer:
        endpoints = [each.settings(f"endpoint-{at}") for at, each in enumerate(receivers)]
        storer = await start(topic, dsn, CALENDAR_STORER__WEBHOOKS=json.dumps(endpoints))
        await storer.is_ready()
        return storer

    return start_one


def data(request: Request) -> Notification:
    return Notification.decode(json.dumps(request.content["data"]).encode())


def by_id(notifications: list[Notification]) -> list[Notification]:
    return sorted(notifications, key=lambda each: each.notification_id)


@pytest.fixture
async def one() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
async def two() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


async def test_every_notification_is_sent_to_each_endpoint(
    start_for: StartFor, topic: Topic, table: Table, one: Receiver, two: Receiver
) -> None:
    storer = await start_for(one, two)
    sent = [notification(), notification(recurrence_id="2026-11-23T09:00:00"), notification()]
    await topic.send(*sent)

    for receiver in (one, two):
        requests = await receiver.has(3)
        assert by_id([data(request) for request in requests]) == by_id(sent)
        for request in requests:
            Webhook(SECRET).verify(request.body, request.headers)
            assert request.line == "POST /hook HTTP/1.1"
            assert request.headers["content-type"] == "application/json"
            assert request.content["type"] == "notification.due"
            assert request.id == request.content["data"]["notification_id"]
    await everything_is_delivered(table.connection)
    for at in range(2):
        name = f'calendar_storer_webhook_delivery_seconds_count{{endpoint="endpoint-{at}"}}'
        assert await storer.metric(name) == 3
    assert await storer.stop() == 0
    assert SECRET not in str(storer.lines())


async def test_repeated_records_are_sent_once(
    start_for: StartFor, topic: Topic, table: Table, one: Receiver
) -> None:
    await start_for(one)
    again, last = notification(), notification()
    await topic.send(again, again, again)
    await topic.send(again, last)
    await table.has([again, last])
    await one.has(2)
    await everything_is_delivered(table.connection)

    assert sorted(map(UUID, one.ids())) == sorted([again.notification_id, last.notification_id])


async def test_bad_receivers_delay_neither_storing_nor_a_good_one(
    start_for: StartFor, topic: Topic, table: Table, one: Receiver, two: Receiver
) -> None:
    async with receiving() as good:
        one.answer_with(silence)
        two.answer_with(status(500))
        storer = await start_for(one, two, good)
        sent = [notification() for _ in range(500)]
        await topic.send(*sent)

        await table.has(sent)
        await good.has(500)
        await topic.is_done_with(500)
        await storer.is_ready()
        # Attempts are still in progress: the stop does not wait for them.
        assert await storer.stop() == 0
        assert storer.lines("drain_cut_short") == []
    assert len(good.requests) == 500


async def test_connections_that_break_lose_no_delivery(
    start_for: StartFor, topic: Topic, table: Table, one: Receiver
) -> None:
    storer = await start_for(one)
    sent = [notification() for _ in range(300)]
    for first in range(0, 300, 50):
        await topic.send(*sent[first : first + 50])
        await one.has(first + 1)
        await table.connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    await table.has(sent)
    # What was claimed over a connection that broke waits for the end of its lease.
    await table.connection.execute("UPDATE deliveries SET due_at = now()")
    await everything_is_delivered(table.connection)

    assert {data(request) for request in one.requests} == set(sent)
    assert await storer.metric("calendar_storer_loop_errors_total") == 0
    assert storer.lines("step_failed") == []


async def test_killed_storer_s_deliveries_are_sent_by_another_one(
    start_for: StartFor, topic: Topic, table: Table, one: Receiver
) -> None:
    one.answer_with(silence)
    first = await start_for(one)
    sent = [notification() for _ in range(100)]
    await topic.send(*sent)
    await one.has(1)
    await first.kill()

    one.answer_with(status(204))
    second = await start_for(one)
    await table.has(sent)
    # The leases of the first one run out.
    await table.connection.execute("UPDATE deliveries SET due_at = now()")
    await everything_is_delivered(table.connection)

    assert {data(request) for request in one.requests} == set(sent)
    assert await second.stop() == 0


async def test_stopped_storer_s_deliveries_are_sent_at_once_by_another_one(
    start_for: StartFor, topic: Topic, table: Table, one: Receiver
) -> None:
    one.answer_with(silence)
    first = await start_for(one)
    sent = [notification() for _ in range(100)]
    await topic.send(*sent)
    await one.has(1)
    await table.has(sent)
    assert await first.stop() == 0
    unfinished = "SELECT count(*) FROM deliveries WHERE due_at > now() OR failures > 0"
    assert await table.connection.fetchval(unfinished) == 0

    one.answer_with(status(204))
    await start_for(one)
    await everything_is_delivered(table.connection)
    assert {data(request) for request in one.requests} == set(sent)


async def test_endpoint_that_is_configured_later_gets_what_is_stored_from_then_on(
    start_for: StartFor, topic: Topic, table: Table, one: Receiver, two: Receiver
) -> None:
    storer = await start_for(one)
    before = notification()
    await topic.send(before)
    await one.has(1)
    assert await storer.stop() == 0

    after = notification()
    await topic.send(after)
    await start_for(one, two)

    assert data((await two.has(1))[0]) == after
    await one.has(2)
    await everything_is_delivered(table.connection)
    assert len(two.requests) == 1


async def test_certificate_that_cannot_be_used_is_named(
    start: Start, topic: Topic, dsn: str
) -> None:
    settings = {"CALENDAR_STORER__WEBHOOK_CA_FILE": "/nowhere/ca.pem"}
    storer = await start(topic, dsn, **settings)

    assert await storer.process.wait() == 2
