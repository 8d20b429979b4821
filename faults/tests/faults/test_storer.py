"""Several storers, a storer without its database or topic, and records that cannot be stored."""

import asyncio
import json

import pytest
from aiokafka import AIOKafkaProducer  # type: ignore[import-untyped]
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions  # type: ignore[import-untyped]

from calendar_faults.history import Poison
from calendar_faults.kafka import partitions_of, records_of
from calendar_faults.system import System
from calendar_faults.waiting import run_for, wait_until
from tests.faults.conftest import Verify

TAKEOVER_SECONDS = 15
"""The partitions of a dead member go to another one after its session's ten seconds."""


@pytest.mark.weekly
@pytest.mark.parametrize("point", ["joining", "stored"])
async def test_case_12_one_of_three_storers_is_killed(
    calendar: System, verify: Verify, point: str
) -> None:
    """One of the first two, while it rejoins for the third, or before the third comes."""
    await calendar.start_all(storer={})
    async with calendar.users():
        async with calendar.fault("two storers share"):
            await calendar.start("storer", hooks={})
            await calendar.wait_until_caught_up(seconds=TAKEOVER_SECONDS)
        async with calendar.fault(f"storer killed when {point}"):
            calendar.points.request(point, "kill")
            if point == "joining":
                await calendar.add("storer").launch()
                await calendar.points.wait_until_reached(point)
            else:
                await calendar.points.wait_until_reached(point)
                await calendar.start("storer")
            await calendar.wait_until_caught_up(seconds=TAKEOVER_SECONDS)
        await run_for(2)
    await verify()
    alive = [service for service in calendar.services if service.kind == "storer" and service.pid]
    assert len(alive) == 2
    for storer in alive:
        await storer.wait_until_ready()
        assert not await storer.metric("calendar_storer_loop_errors_total")


@pytest.mark.weekly
async def test_case_13_its_database_is_away_longer_than_a_poll_interval(
    calendar: System, verify: Verify
) -> None:
    api, scheduler = await asyncio.gather(calendar.start("api"), calendar.start("scheduler"))
    storer = await calendar.start(
        "storer", settings={"CALENDAR_STORER__MAX_POLL_INTERVAL": "PT10S"}
    )
    async with calendar.users():
        await run_for(1)
        async with calendar.fault("storer's database away"):
            calendar.network.storer_database.drop_packets()
            await storer.wait_for_metric(
                'calendar_storer_waiting{dependency="database"}', above=0, seconds=10
            )
            await storer.wait_until_unready()
            await run_for(20)
            assert await storer.is_alive()
            for other in (scheduler, api):
                await other.wait_until_ready()
            calendar.network.heal()
            await calendar.wait_until_caught_up(seconds=TAKEOVER_SECONDS)
            await storer.wait_until_ready()
        await run_for(2)
    await verify()


@pytest.mark.weekly
async def test_case_14_it_starts_late_and_the_topic_has_grown(
    calendar: System, verify: Verify
) -> None:
    await asyncio.gather(calendar.start("api"), calendar.start("scheduler"))
    servers = calendar.servers.kafka.bootstrap_servers

    async def has_grown() -> bool:
        return len(await partitions_of(calendar.topic, servers=servers)) == 9

    async with calendar.fault("no storer, more partitions"):
        content = calendar.event("Wait", due_in=5)
        for number in range(5):
            await calendar.create_events(f"many-{number}", content, count=1000)
        async with calendar.users():
            admin = AIOKafkaAdminClient(bootstrap_servers=servers)
            await admin.start()
            await admin.create_partitions({calendar.topic: NewPartitions(9)})
            await admin.close()
            await wait_until(has_grown, seconds=10, what="the topic has nine partitions")
            await run_for(4)
            await calendar.start("storer")
            await calendar.wait_until_caught_up(seconds=TAKEOVER_SECONDS)
    report = await verify()
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
    *((None, b"{%d" % number) for number in range(100)),
]


async def test_case_15_poison(calendar: System, verify: Verify) -> None:
    services = await calendar.start_all()
    async with calendar.users():
        await run_for(1)
        async with AIOKafkaProducer(
            bootstrap_servers=calendar.servers.kafka.bootstrap_servers, max_request_size=2**21
        ) as producer:
            for key, value in LETTERS:
                calendar.recorder.add(Poison.model_construct(key=key, value=value))
                partition = 0 if key is None else None
                await producer.send_and_wait(calendar.topic, value, key=key, partition=partition)
        await services.storer.wait_for_metric(
            "calendar_storer_dead_letters_total", above=len(LETTERS) - 1, seconds=20
        )
        await run_for(1)
    await verify()


@pytest.mark.weekly
async def test_case_15_newer_versions_of_a_record(calendar: System, verify: Verify) -> None:
    """A new field is ignored; a record with another schema version is a dead letter."""
    await calendar.start_all()
    await calendar.create_events("ann", calendar.event("Once", due_in=1), count=1)
    await calendar.wait_until_stored(1, seconds=10)
    servers = calendar.servers.kafka.bootstrap_servers
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
    await verify()


@pytest.mark.weekly
async def test_case_15_the_dead_letter_topic_is_away(calendar: System, verify: Verify) -> None:
    """A record is not committed before its dead letter is acknowledged."""
    services = await calendar.start_all()
    servers = calendar.servers.kafka.bootstrap_servers
    async with calendar.users():
        await run_for(1)
        async with calendar.fault("storer's broker half-open"):
            async with AIOKafkaProducer(bootstrap_servers=servers) as producer:
                calendar.recorder.add(Poison.model_construct(key=b"k", value=b"{"))
                trap = calendar.network.storer_broker.set_trap(b"dead-letter-reason", "silence")
                await producer.send_and_wait(calendar.topic, b"{", key=b"k")
            async with asyncio.timeout(30):
                await trap.triggered.wait()
            await services.storer.wait_for_metric(
                "calendar_storer_failures_total", above=0, seconds=15
            )
            calendar.network.heal()
            await calendar.wait_until_caught_up(seconds=20)
        await run_for(1)
    await verify()
