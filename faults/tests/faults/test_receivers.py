"""Receivers of webhooks are away or misbehave: nobody else notices."""

import json
from datetime import datetime, timedelta

import pytest

from calendar_faults.checker.report import quantile
from calendar_faults.injectors import NETWORK_FAULTS
from calendar_faults.receiver import ACCEPTED
from calendar_faults.system import System
from calendar_faults.waiting import run_for
from tests.faults.conftest import Verify
from tests.faults.test_recipients import (
    ENDPOINTS,
    LEASE_SECONDS,
    QUICK,
    recover,
    start,
    webhooks,
)

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
