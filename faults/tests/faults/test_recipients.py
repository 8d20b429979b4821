"""Receivers of webhooks and followers of streams get each notification, whatever fails."""

import asyncio
import json
import random
import signal
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from calendar_faults.checker.report import Kind, quantile
from calendar_faults.collection import collect_and_check
from calendar_faults.history import Webhook
from calendar_faults.injectors import (
    NETWORK_FAULTS,
)
from calendar_faults.receiver import ACCEPTED
from calendar_faults.service import Service
from calendar_faults.system import System
from calendar_faults.users import Behavior
from calendar_faults.waiting import run_for, wait_until
from tests.faults.conftest import Verify

LEASE_SECONDS = 8
QUICK: Mapping[str, Any] = {"FAULTS_LEASE": str(LEASE_SECONDS), "FAULTS_RETRIES": "100"}
"""On a busy machine some attempts take longer than half of such a lease, and are retried."""
TAKEOVER_SECONDS = 20
"""The partitions of a dead or frozen member go to another one after its session's ten seconds, its
deliveries after their lease, and followers notice after 18 seconds that they hear nothing."""

ENDPOINTS = ("crm", "mail")


async def start(calendar: System, *, storers: int = 2, **hooks: str) -> list[Service]:
    """All services, two endpoints, and a follower of each user."""
    if not calendar.recipients.receivers:
        await calendar.recipients.receive(*ENDPOINTS)
    await asyncio.gather(calendar.start("api"), calendar.start("scheduler"))
    started = [await calendar.start("storer", hooks=hooks) for _ in range(storers)]
    await calendar.recipients.follow(calendar.user_names())
    return started


def webhooks(calendar: System, endpoint: str) -> list[Webhook]:
    return [
        line
        for line in calendar.recorder.lines
        if isinstance(line, Webhook) and line.endpoint == endpoint
    ]


def repeats(calendar: System) -> int:
    """The number of webhooks that repeat another one."""
    ids = [
        (each.endpoint, each.webhook_id) for name in ENDPOINTS for each in webhooks(calendar, name)
    ]
    return len(ids) - len(Counter(ids))


async def recover(calendar: System, *, seconds: float = TAKEOVER_SECONDS) -> None:
    """Wait until what is due is stored, and what is stored is received."""
    await calendar.wait_until_caught_up(seconds=seconds)
    await calendar.recipients.wait_for_everything(seconds=seconds)


# --------------------------------------------------------------------------------- storers


@pytest.mark.parametrize(
    "point",
    [
        "sent",
        *(
            pytest.param(each, marks=pytest.mark.weekly)
            for each in ("stored", "sending", "recorded")
        ),
    ],
)
async def test_a_storer_is_killed(calendar: System, verify: Verify, point: str) -> None:
    """Before it claims, sends or records a delivery, and after that."""
    storers = await start(calendar, **QUICK)
    async with calendar.users():
        await run_for(2)
        async with calendar.fault(f"storer killed when {point}", "repeats"):
            calendar.points.request(point, "kill")
            await calendar.points.wait_until_reached(point)

            async def killed() -> Service | None:
                return next((each for each in storers if each.pid is None), None)

            ended = await wait_until(killed, seconds=5, what="a storer ends")
            await recover(calendar)
            await ended.start_and_wait()
        await run_for(1)
    await verify()
    if point == "sent":
        assert repeats(calendar), "what was not recorded was sent again"


@pytest.mark.parametrize("point", ["sent", pytest.param("sending", marks=pytest.mark.weekly)])
async def test_a_storer_is_frozen_beyond_its_lease(
    calendar: System, verify: Verify, point: str
) -> None:
    """The other one takes over; when the first one resumes, its results count no more."""
    storers = await start(calendar, **QUICK)
    async with calendar.users():
        await run_for(2)
        async with calendar.fault(f"storer frozen when {point}", "repeats"):
            calendar.points.request(point, "freeze")
            await calendar.points.wait_until_reached(point)
            await recover(calendar)
            for storer in storers:
                storer.send(signal.SIGCONT)
            for storer in storers:
                await storer.wait_until_ready(seconds=15)
            await recover(calendar)
        await run_for(1)
    await verify()
    assert repeats(calendar), "what was not recorded was sent again"


@pytest.mark.weekly
async def test_storers_are_killed_at_random(calendar: System, verify: Verify) -> None:
    storers = await start(calendar, storers=3, **QUICK)
    rng = random.Random(calendar.topic)
    async with calendar.users(behavior=Behavior(pause=0.1)):
        for _ in range(8):
            await run_for(rng.uniform(0.5, 2))
            async with calendar.fault("storer killed", "repeats"):
                storer = rng.choice(storers)
                await storer.kill()
                await run_for(rng.uniform(0, 1))
                await storer.start_and_wait()
                await recover(calendar)
    await verify()


@pytest.mark.weekly
async def test_all_storers_are_replaced(calendar: System, verify: Verify) -> None:
    """Streams end cleanly, and their followers go on at another storer."""
    storers = await start(calendar)
    async with calendar.users(20):
        await run_for(1)
        for old in storers:
            async with calendar.fault("storer replaced", "repeats"):
                new = await calendar.start("storer")
                await old.stop()
                await recover(calendar)
                await new.wait_until_ready()
    await verify()
    steady = [each for each in calendar.recipients.followers if not each.is_restless]
    assert all(each.connections > 1 for each in steady)
    assert not repeats(calendar), "a storer that is stopped records what it has sent"


# -------------------------------------------------------------------------------- PostgreSQL


@pytest.mark.weekly
@pytest.mark.parametrize("name", NETWORK_FAULTS)
async def test_the_connection_to_the_database_is_broken(
    calendar: System, verify: Verify, name: str
) -> None:
    await start(calendar, **QUICK)
    async with calendar.users():
        await run_for(2)
        async with calendar.fault(f"storers' database {name}", "repeats"):
            NETWORK_FAULTS[name](calendar.network.storer_database)
            await run_for(2 * LEASE_SECONDS)
            calendar.network.heal()
            await recover(calendar)
        await run_for(1)
    await verify()


TAKE_TIME = """
CREATE FUNCTION take_time() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM pg_sleep(random() * 0.2); RETURN NULL; END'
"""
SLOW_INSERTS = """
CREATE TRIGGER slow AFTER INSERT ON notifications FOR EACH STATEMENT EXECUTE FUNCTION take_time()
"""


async def test_inserts_of_storers_take_time(calendar: System, verify: Verify) -> None:
    """None becomes visible before one with a lower number."""
    await start(calendar)
    await calendar.sql(TAKE_TIME)
    await calendar.sql(SLOW_INSERTS)
    async with calendar.users():
        await run_for(5)
    await verify(at_rest=2)


# --------------------------------------------------------------------------------- receivers


async def test_a_receiver_is_away_for_an_hour(calendar: System, verify: Verify) -> None:
    """Retries are 600 times as fast. Neither storing nor the other endpoint notices."""
    away, other = await calendar.recipients.receive(*ENDPOINTS)
    storers = await start(calendar, FAULTS_RETRIES="600")
    async with calendar.users():
        await run_for(1)
        # What it has just accepted may be sent again; nothing else is waived.
        async with calendar.fault("receiver cut off", "repeats"):
            away.proxy.cut()
        await run_for(6)
        assert sum([await each.metric(BREAKER) for each in storers])
        away.proxy.heal()
        await calendar.recipients.wait_for_everything(seconds=30)
        assert not sum([await each.metric(BREAKER) for each in storers])
    await verify()
    assert slowest(calendar, other.name) < PROMPT
    assert slowest(calendar, away.name) > timedelta(seconds=5)


BREAKER = 'calendar_storer_webhook_breaker_open{endpoint="crm"}'
PROMPT = timedelta(seconds=10)
"""Less than the 15 seconds that an attempt at a receiver may take that does not answer."""


def slowest(calendar: System, endpoint: str) -> timedelta:
    """From when a notification was stored until it was accepted."""
    return quantile(
        [
            each.at - datetime.fromisoformat(json.loads(each.body)["timestamp"])
            for each in webhooks(calendar, endpoint)
            if each.accepted
        ],
        1,
    )


async def test_receivers_that_misbehave(calendar: System, verify: Verify) -> None:
    """Neither storing nor the endpoint that works notices those that fail, are gone or hang."""
    good, failing, gone, hanging = await calendar.recipients.receive(
        "good", "failing", "gone", "hanging"
    )
    failing.status, gone.status, hanging.status = 500, 410, None
    for each in (failing, gone, hanging):
        each.refuses = True
    [storer] = await start(calendar, storers=1)
    async with calendar.users():
        await run_for(10)
        for each in (failing, gone, hanging):
            assert each.attempts, each.name
    report = await verify()
    assert len(report.undisturbed) >= 100, "enough to say that storing was not slower"
    assert slowest(calendar, good.name) < PROMPT
    assert await storer.metric('calendar_storer_webhook_disabled{endpoint="gone"}')
    await storer.stop()


@pytest.mark.weekly
async def test_a_receiver_fails_now_and_then(calendar: System, verify: Verify) -> None:
    """Retries are 600 times as fast: a delivery that fails often is not parked."""
    flapping, _ = await calendar.recipients.receive(*ENDPOINTS)
    await start(calendar, FAULTS_RETRIES="600")
    async with calendar.users():
        for status in (500, 429, 302, 404) * 2:
            flapping.status = status
            await run_for(1)
            flapping.status = ACCEPTED
            await run_for(1)
    await verify()
    assert any(not each.accepted for each in webhooks(calendar, flapping.name))


@pytest.mark.weekly
@pytest.mark.parametrize("name", NETWORK_FAULTS)
async def test_the_connection_to_a_receiver_is_broken(
    calendar: System, verify: Verify, name: str
) -> None:
    broken, other = await calendar.recipients.receive(*ENDPOINTS)
    await start(calendar, **QUICK)
    async with calendar.users():
        await run_for(1)
        async with calendar.fault(f"connection to receiver {name}", "repeats"):
            NETWORK_FAULTS[name](broken.proxy)
            await run_for(2 * LEASE_SECONDS)
            broken.proxy.heal()
            await recover(calendar)
    await verify()
    assert slowest(calendar, other.name) < PROMPT


# ---------------------------------------------------------------------------------- controls


@pytest.mark.weekly
async def test_deliveries_recorded_before_they_are_sent_are_lost(calendar: System) -> None:
    storers = await start(calendar, FAULTS_BREAKAGE="record_before_sending", **QUICK)
    async with calendar.users(), calendar.fault("storer killed", "repeats"):
        await run_for(1)
        calendar.points.request("sending", "kill")
        await calendar.points.wait_until_reached("sending")
        await recover(calendar)
    assert Kind.UNDELIVERED in await violations(calendar)
    assert sum(each.pid is None for each in storers) == 1


@pytest.mark.weekly
async def test_deliveries_skipped_by_the_position_are_lost(calendar: System) -> None:
    [away, _] = await calendar.recipients.receive(*ENDPOINTS)
    await start(calendar, FAULTS_BREAKAGE="skip_what_is_not_claimed", FAULTS_RETRIES="600")
    away.status = 503
    async with calendar.users():
        await run_for(5)
        away.status = ACCEPTED
    assert Kind.UNDELIVERED in await violations(calendar)


@pytest.mark.weekly
async def test_notifications_that_the_hub_moves_past_are_missed(calendar: System) -> None:
    await start(calendar, FAULTS_BREAKAGE="move_hub_to_end")
    async with calendar.users():
        await run_for(4)
    assert await violations(calendar) == {Kind.NOT_STREAMED}


WITHOUT_TURNS = """
CREATE OR REPLACE FUNCTION notifications_take_turns() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN RETURN NULL; END'
"""


@pytest.mark.weekly
async def test_numbers_taken_without_the_lock_are_missed(calendar: System) -> None:
    await start(calendar)
    await calendar.sql(WITHOUT_TURNS)
    await calendar.sql(TAKE_TIME)
    await calendar.sql(SLOW_INSERTS)
    async with calendar.users():
        await run_for(5)
    assert {Kind.NOT_STREAMED, Kind.UNDELIVERED} <= await violations(calendar)


async def violations(calendar: System) -> set[Kind]:
    report = await collect_and_check(calendar, max_uncertain=1, wait_seconds=20)
    return {violation.kind for violation in report.violations}
