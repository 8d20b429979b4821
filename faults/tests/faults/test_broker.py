"""Kafka crashes, freezes, restarts, or loses its topic."""

from datetime import timedelta

import pytest
from aiokafka.admin import AIOKafkaAdminClient  # type: ignore[import-untyped]

from calendar_faults.checker.report import quantile
from calendar_faults.collection import collect_records, wait_until_idle
from calendar_faults.history import Operation
from calendar_faults.injectors import (
    Injector,
    broker_frozen,
    broker_killed,
    broker_restarted,
    broker_unreachable,
    waivers_of,
)
from calendar_faults.system import Services, System
from calendar_faults.waiting import run_for, wait_until
from tests.faults.conftest import Verify

# A lock is written into its row. Locks of the API's own writes do not count.
LOCKED = """
SELECT count(*) FROM reminders
WHERE xmax IN (
    SELECT backend_xid FROM pg_stat_activity WHERE application_name = 'calendar_scheduler'
)
"""

RECOVERY_SECONDS = 12
"""From the broker's return until all is stored: the back-off is five seconds at most."""

REJOIN_SECONDS = 20
"""For a storer whose predecessor could not leave the group: its session lasts ten seconds."""

MIN_REQUESTS = 100
"""So that one in twenty means something."""

SLOW = timedelta(seconds=1)
"""For 19 in 20: one reminder may be locked, and a write to its event waits."""


async def check_outage_is_reported(calendar: System, services: Services) -> None:
    """Operators see that the broker is away, and the Scheduler locks one reminder at most."""
    await services.scheduler.wait_for_metric("calendar_scheduler_breaker_open", above=0, seconds=10)
    await services.scheduler.wait_until_unready()
    await services.storer.wait_until_unready()
    assert await services.api.is_ready(), "the API needs no broker"
    for service in services.all:
        assert await service.is_alive()
    [[locked]] = await calendar.sql(LOCKED)
    assert locked <= 1


@pytest.mark.parametrize(
    ("away", "seconds"),
    [
        (broker_killed, 10),
        (broker_frozen, 10),
        pytest.param(broker_unreachable, 60, marks=pytest.mark.weekly),
    ],
)
async def test_cases_5_and_6_the_broker_is_away(
    calendar: System, verify: Verify, away: Injector, seconds: float
) -> None:
    services = await calendar.start_all()
    async with calendar.users():
        await run_for(2)
        async with calendar.fault(away.__name__, *waivers_of(away)):
            async with away(calendar):
                await run_for(1)
                await check_outage_is_reported(calendar, services)
                begin = calendar.recorder.now()
                await run_for(seconds)
                end = calendar.recorder.now()
            await calendar.wait_until_caught_up(seconds=RECOVERY_SECONDS)
            assert not await services.scheduler.metric("calendar_scheduler_breaker_open")
            for service in services.all:
                await service.wait_until_ready()
        await run_for(2)
    await verify()
    took = [
        line.completed - line.invoked
        for line in calendar.recorder.lines
        if isinstance(line, Operation) and begin <= line.invoked <= end
    ]
    assert len(took) > MIN_REQUESTS
    assert quantile(took, 0.95) < SLOW, "writes do not wait for the broker"


@pytest.mark.weekly
async def test_case_7_the_broker_restarts_repeatedly(calendar: System, verify: Verify) -> None:
    await calendar.start_all()
    async with calendar.users():
        for _ in range(5):
            async with calendar.fault("broker restarted", "repeats"):
                async with broker_restarted(calendar):
                    pass
                await calendar.wait_until_caught_up(seconds=RECOVERY_SECONDS)
    await verify()


@pytest.mark.weekly
async def test_case_8_services_restart_without_it(calendar: System, verify: Verify) -> None:
    services = await calendar.start_all()
    async with calendar.users(pairs=0):
        await run_for(1)
        async with calendar.fault("broker killed, services restarted", "repeats"):
            async with broker_killed(calendar):
                await services.scheduler.wait_for_metric(
                    "calendar_scheduler_breaker_open", above=0, seconds=10
                )
                for service in (services.scheduler, services.storer):
                    await service.stop()
                    await service.launch()
                    await wait_until(service.is_alive, seconds=10, what=f"{service.name} is alive")
                    await service.wait_until_unready()
            for service in services.all:
                await service.wait_until_ready(seconds=REJOIN_SECONDS)
            await calendar.wait_until_caught_up(seconds=RECOVERY_SECONDS)
        await run_for(2)
    await verify()


@pytest.mark.weekly
async def test_the_topic_is_deleted(calendar: System, verify: Verify) -> None:
    await calendar.start_all()
    async with calendar.users():
        await run_for(2)
    await wait_until_idle(calendar)
    await collect_records(calendar)
    async with calendar.fault("topic deleted", "repeats"):
        admin = AIOKafkaAdminClient(bootstrap_servers=calendar.servers.kafka.bootstrap_servers)
        await admin.start()
        await admin.delete_topics([calendar.topic])
        await admin.close()
        async with calendar.users(seed=1):
            await run_for(3)
        await calendar.wait_until_caught_up(seconds=20)
    await verify()


@pytest.mark.weekly
@pytest.mark.parametrize("away", [broker_frozen, broker_unreachable])
async def test_the_broker_goes_away_during_a_backlog(
    calendar: System, verify: Verify, away: Injector
) -> None:
    """Several batches are in progress; what is deleted now must not be sent later."""
    services = await calendar.start_all(scheduler={})
    content = calendar.event("Backlog", due_in=8)
    ids = {
        user: await calendar.create_events(user, content, count=1000)
        for user in (f"user-{n}" for n in range(5))
    }
    async with calendar.fault(away.__name__, *waivers_of(away)):
        # One batch is sent, and the next one finds no broker.
        calendar.points.request("published", "hold")
        await calendar.points.wait_until_reached("published")
        async with away(calendar):
            calendar.points.release("published")
            for user, events in ids.items():
                for event in events[-20:]:
                    await calendar.client.delete(user, event)
            await check_outage_is_reported(calendar, services)
        await calendar.wait_until_caught_up(seconds=RECOVERY_SECONDS)
    report = await verify(max_uncertain=0.3)
    assert report.expected > 4500
