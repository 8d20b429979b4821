"""Storers that die, come in numbers, lose their database, or meet what cannot be stored."""

import asyncio
import json
from datetime import timedelta
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer  # type: ignore[import-untyped]
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions  # type: ignore[import-untyped]

from calendar_faults.history import Content, Poison
from calendar_faults.system import System
from calendar_faults.topics import partitions_of, records_of
from calendar_faults.waiting import lasting, until
from tests.faults.conftest import Judge

TAKEOVER_SECONDS = 15
"""A dead member's partitions go to another after a session's ten seconds."""


@pytest.mark.parametrize("point", ["stored", pytest.param("fetched", marks=pytest.mark.weekly)])
async def test_case_12_one_dies_at_a_chosen_point(
    calendar: System, judge: Judge, point: str
) -> None:
    trio = await calendar.start_all(storer={})
    async with calendar.people():
        await lasting(1)
        async with calendar.fault(f"storer killed when {point}"):
            calendar.points.ask(point, "kill")
            await calendar.points.reached(point)
            await trio.storer.begin()
            await calendar.until_caught_up(seconds=TAKEOVER_SECONDS)
        assert not await trio.storer.metric("calendar_storer_loop_errors_total")
        await lasting(1)
    await judge()
    if point == "stored":
        assert trio.storer.logged("partitions_assigned")


@pytest.mark.parametrize("point", ["fetched", "stored"])
@pytest.mark.weekly
async def test_one_is_told_to_stop_at_a_chosen_point(
    calendar: System, judge: Judge, point: str
) -> None:
    trio = await calendar.start_all(storer={})
    async with calendar.people():
        await lasting(1)
        async with calendar.fault(f"storer told to stop when {point}"):
            calendar.points.ask(point, "terminate")
            await calendar.points.reached(point)
            assert await trio.storer.until_ended() == 0
            await trio.storer.begin()
            await calendar.until_caught_up(seconds=5)
    await judge()


@pytest.mark.weekly
async def test_case_12_one_dies_in_the_middle_of_a_rebalance(
    calendar: System, judge: Judge
) -> None:
    trio = await calendar.start_all(storer={})
    async with calendar.people():
        async with calendar.fault("storers come, and one dies"):
            second = await calendar.start("storer", hooks={})
            await calendar.until_caught_up(seconds=TAKEOVER_SECONDS)
            calendar.points.ask("joining", "kill")
            third = calendar.make("storer")
            await third.run()
            await calendar.points.reached("joining")
            await calendar.until_caught_up(seconds=TAKEOVER_SECONDS)
        await lasting(2)
    await judge()
    alive = [storer for storer in (trio.storer, second, third) if storer.pid]
    assert len(alive) == 2
    for storer in alive:
        await until(storer.is_ready, seconds=5, what=f"{storer.name} is ready")
        assert not await storer.metric("calendar_storer_loop_errors_total")


@pytest.mark.weekly
async def test_case_12_one_of_two_dies_and_a_third_comes(calendar: System, judge: Judge) -> None:
    trio = await calendar.start_all(storer={})
    async with calendar.people():
        async with calendar.fault("two storers share"):
            other = await calendar.start("storer", hooks={})
            await calendar.until_caught_up(seconds=TAKEOVER_SECONDS)
        async with calendar.fault("one of two storers killed"):
            calendar.points.ask("stored", "kill")
            await calendar.points.reached("stored")
            third = await calendar.start("storer")
            await calendar.until_caught_up(seconds=TAKEOVER_SECONDS)
        await lasting(1)
    await judge()
    alive = [storer for storer in (trio.storer, other, third) if storer.pid]
    assert len(alive) == 2
    for storer in alive:
        assert not await storer.metric("calendar_storer_loop_errors_total")


@pytest.mark.weekly
async def test_case_13_its_database_is_away_for_longer_than_a_poll(
    calendar: System, judge: Judge
) -> None:
    api, scheduler = await asyncio.gather(calendar.start("api"), calendar.start("scheduler"))
    storer = await calendar.start(
        "storer", settings={"CALENDAR_STORER__MAX_POLL_INTERVAL": "PT10S"}
    )
    async with calendar.people():
        await lasting(1)
        async with calendar.fault("storer's database away"):
            calendar.network.storer_database.swallow()
            await storer.until_metric(
                'calendar_storer_waiting{dependency="database"}', above=0, seconds=10
            )
            await until(storer.is_unready, seconds=5, what="the storer is not ready")
            await lasting(20)
            assert await storer.is_alive()
            for other in (scheduler, api):
                await until(other.is_ready, seconds=5, what=f"{other.name} is ready")
            calendar.network.heal()
            await calendar.until_caught_up(seconds=TAKEOVER_SECONDS)
            await until(storer.is_ready, seconds=5, what="the storer is ready")
        await lasting(2)
    await judge()


@pytest.mark.weekly
async def test_case_14_it_comes_late_and_the_topic_has_grown(
    calendar: System, judge: Judge
) -> None:
    await asyncio.gather(calendar.start("api"), calendar.start("scheduler"))
    servers = calendar.stage.kafka.bootstrap_servers

    async def has_grown() -> bool:
        return len(await partitions_of(calendar.topic, servers=servers)) == 9

    async with calendar.fault("no storer, more partitions"):
        due = calendar.recorder.now() + timedelta(seconds=5)
        content = Content(
            title="Wait", starts_at=due + timedelta(hours=1), notify_before=timedelta(hours=1)
        )
        for number in range(5):
            batch = {uuid4(): content for _ in range(1000)}
            await calendar.client.create_surely(f"user-{number}", batch)
        async with calendar.people():
            admin = AIOKafkaAdminClient(bootstrap_servers=servers)
            await admin.start()
            await admin.create_partitions({calendar.topic: NewPartitions(9)})
            await admin.close()
            await until(has_grown, seconds=10, what="the topic has nine partitions")
            await lasting(4)
            await calendar.start("storer")
            await calendar.until_caught_up(seconds=TAKEOVER_SECONDS)
    report = await judge()
    assert report.expected > 5000


LETTERS = [
    (b"k", b"{"),
    (b"k", b""),
    (b"k", b"null"),
    (b"k", b"\xff\xfe"),
    (b"k", b'{"notification_id": 7}'),
    (b"k", b'{"title": "' + b"x" * 900_000 + b'"}'),
    (b"k", None),
    (None, b"[[[[[[[[["),
    (b"k", json.dumps({"title": "a\x00b", "user_id": "u"}).encode()),
]


async def test_case_15_poison(calendar: System, judge: Judge) -> None:
    trio = await calendar.start_all()
    async with calendar.people():
        await lasting(1)
        async with AIOKafkaProducer(
            bootstrap_servers=calendar.stage.kafka.bootstrap_servers, max_request_size=2**21
        ) as producer:
            for key, value in LETTERS:
                calendar.recorder.add(Poison.model_construct(key=key, value=value))
                await producer.send_and_wait(calendar.topic, value, key=key)
            for number in range(100):
                value = b"{%d" % number
                calendar.recorder.add(Poison.model_construct(key=None, value=value))
                await producer.send_and_wait(calendar.topic, value, partition=0)
        await trio.storer.until_metric("calendar_storer_dead_letters_total", above=108, seconds=20)
        await lasting(1)
    await judge()


@pytest.mark.weekly
async def test_case_15_a_newer_writer_and_a_version_nobody_knows(
    calendar: System, judge: Judge
) -> None:
    """A field more is ignored; another schema version is for somebody else to read."""
    await calendar.start_all()
    due = calendar.recorder.now() + timedelta(seconds=1)
    content = Content(
        title="Once", starts_at=due + timedelta(hours=1), notify_before=timedelta(hours=1)
    )
    await calendar.client.create_surely("ann", {uuid4(): content})
    await calendar.until_stored(1, seconds=10)
    servers = calendar.stage.kafka.bootstrap_servers
    (record,) = await records_of(calendar.topic, servers=servers)
    newer = json.dumps({**json.loads(record.value), "colour": "red"}).encode()
    calendar.recorder.add(Poison.model_construct(key=b"v2", value=record.value))
    async with (
        calendar.fault("a record twice", "repeats"),
        AIOKafkaProducer(bootstrap_servers=servers) as producer,
    ):
        await producer.send_and_wait(calendar.topic, newer, key=record.key)
        await producer.send_and_wait(
            calendar.topic, record.value, key=b"v2", headers=[("schema-version", b"2")]
        )
    await judge()


@pytest.mark.weekly
async def test_case_15_the_dead_letter_topic_is_away(calendar: System, judge: Judge) -> None:
    """What cannot be kept is not acknowledged: it waits, and so does its partition."""
    trio = await calendar.start_all()
    servers = calendar.stage.kafka.bootstrap_servers
    async with calendar.people():
        await lasting(1)
        async with calendar.fault("storer's broker half-open"):
            async with AIOKafkaProducer(bootstrap_servers=servers) as producer:
                calendar.recorder.add(Poison.model_construct(key=b"k", value=b"{"))
                trap = calendar.network.storer_broker.set_trap(b"dead-letter-reason", "silence")
                await producer.send_and_wait(calendar.topic, b"{", key=b"k")
            async with asyncio.timeout(30):
                await trap.sprung.wait()
            await trio.storer.until_metric("calendar_storer_failures_total", above=0, seconds=15)
            calendar.network.heal()
            await calendar.until_caught_up(seconds=20)
        await lasting(1)
    await judge()
