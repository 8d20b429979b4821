"""Kafka that dies, freezes, restarts, loses its topic, or is not there when services come or go."""

from datetime import timedelta
from uuid import uuid4

import pytest
from aiokafka.admin import AIOKafkaAdminClient  # type: ignore[import-untyped]

from calendar_faults.gathering import gather_records, settle
from calendar_faults.history import Content, Operation
from calendar_faults.mishaps import (
    Mishap,
    broker_cut_off,
    broker_dead,
    broker_frozen,
    broker_restarted,
    excuses_of,
)
from calendar_faults.report import quantile
from calendar_faults.system import System, Trio
from calendar_faults.waiting import lasting, until
from tests.faults.conftest import Judge

# A lock is written into its row. Those of the people's own writes are none of the Scheduler's.
LOCKED = """
SELECT count(*) FROM reminders
WHERE xmax IN (
    SELECT backend_xid FROM pg_stat_activity WHERE application_name = 'calendar_scheduler'
)
"""

RECOVERY_SECONDS = 12
"""From the broker's return until all that waited is stored: a back-off of five seconds at most."""

REJOIN_SECONDS = 20
"""For a storer whose predecessor could not leave the group: that one's session lasts for ten."""

MANY = 100
"""Requests, so that one in twenty means something."""

SLOW = timedelta(seconds=1)
"""For 19 in 20. One reminder may be locked at a time, and a writer of that one waits longer, as
whoever is at it does when the machine stands still."""


async def is_told(trio: Trio) -> None:
    """What operators see while the broker is away."""
    await trio.scheduler.until_metric("calendar_scheduler_breaker_open", above=0, seconds=10)
    await until(trio.scheduler.is_unready, seconds=5, what="the scheduler is not ready")
    await until(trio.storer.is_unready, seconds=5, what="the storer is not ready")
    assert await trio.api.is_ready(), "the API needs no broker"
    for service in trio.all:
        assert await service.is_alive()


@pytest.mark.parametrize(
    ("away", "seconds"),
    [
        (broker_dead, 12),
        (broker_frozen, 12),
        pytest.param(broker_cut_off, 60, marks=pytest.mark.weekly),
    ],
)
async def test_cases_5_and_6_the_broker_is_away(
    calendar: System,
    judge: Judge,
    away: Mishap,
    seconds: float,
) -> None:
    trio = await calendar.start_all()
    async with calendar.people():
        await lasting(2)
        async with calendar.fault(away.__name__, *excuses_of(away)):
            async with away(calendar):
                await lasting(1)
                await is_told(trio)
                begin = calendar.recorder.now()
                [[locked]] = await calendar.sql(LOCKED)
                assert locked <= 1, "an outage locks one reminder at most"
                await lasting(seconds)
                end = calendar.recorder.now()
            await calendar.until_caught_up(seconds=RECOVERY_SECONDS)
            assert not await trio.scheduler.metric("calendar_scheduler_breaker_open")
            for service in trio.all:
                await until(service.is_ready, seconds=5, what=f"{service.name} is ready")
        await lasting(2)
    await judge()
    took = [
        line.completed - line.invoked
        for line in calendar.recorder.lines
        if isinstance(line, Operation) and begin <= line.invoked <= end
    ]
    assert len(took) > MANY
    assert quantile(took, 0.95) < SLOW, "writes do not wait for a broker that is away"


@pytest.mark.weekly
async def test_case_7_the_broker_restarts_again_and_again(calendar: System, judge: Judge) -> None:
    await calendar.start_all()
    async with calendar.people():
        for _ in range(5):
            async with calendar.fault("broker restarted", "repeats"):
                async with broker_restarted(calendar):
                    pass
                await calendar.until_caught_up(seconds=RECOVERY_SECONDS)
    await judge()


@pytest.mark.weekly
async def test_case_8_services_come_and_go_while_it_is_away(calendar: System, judge: Judge) -> None:
    trio = await calendar.start_all()
    async with calendar.people(pairs=0):
        await lasting(1)
        async with calendar.fault("broker dead, services restarted", "repeats"):
            async with broker_dead(calendar):
                await trio.scheduler.until_metric(
                    "calendar_scheduler_breaker_open", above=0, seconds=10
                )
                for service in (trio.scheduler, trio.storer):
                    code, _ = await service.stop()
                    assert code == 0, service.name
                    await service.run()
                    await until(service.is_alive, seconds=10, what=f"{service.name} is alive")
                    await until(service.is_unready, seconds=5, what=f"{service.name} is not ready")
            for service in trio.all:
                await until(
                    service.is_ready, seconds=REJOIN_SECONDS, what=f"{service.name} is ready"
                )
            await calendar.until_caught_up(seconds=RECOVERY_SECONDS)
        await lasting(2)
    await judge()


@pytest.mark.weekly
async def test_the_topic_is_deleted(calendar: System, judge: Judge) -> None:
    await calendar.start_all()
    async with calendar.people():
        await lasting(2)
    await settle(calendar)
    await gather_records(calendar)
    async with calendar.fault("topic deleted", "repeats"):
        admin = AIOKafkaAdminClient(bootstrap_servers=calendar.stage.kafka.bootstrap_servers)
        await admin.start()
        await admin.delete_topics([calendar.topic])
        await admin.close()
        async with calendar.people(seed=1):
            await lasting(3)
        await calendar.until_caught_up(seconds=20)
    await judge()


@pytest.mark.parametrize("away", [broker_frozen, broker_cut_off])
@pytest.mark.weekly
async def test_it_goes_in_the_middle_of_a_backlog(
    calendar: System, judge: Judge, away: Mishap
) -> None:
    """Several batches are on their way; what is deleted now must not be sent when it is back."""
    trio = await calendar.start_all(scheduler={})
    due = calendar.recorder.now() + timedelta(seconds=8)
    content = Content(
        title="Backlog", starts_at=due + timedelta(hours=1), notify_before=timedelta(hours=1)
    )
    batches = {
        f"user-{n}": dict.fromkeys([uuid4() for _ in range(1000)], content) for n in range(5)
    }
    for user, batch in batches.items():
        await calendar.client.create_surely(user, batch)
    async with calendar.fault(away.__name__, *excuses_of(away)):
        # One batch is sent, and the next one finds no broker.
        calendar.points.ask("published", "hold")
        await calendar.points.reached("published")
        async with away(calendar):
            calendar.points.let_go("published")
            for user, batch in batches.items():
                for event in list(batch)[-20:]:
                    await calendar.client.delete(user, event)
            await is_told(trio)
            [[locked]] = await calendar.sql(LOCKED)
            assert locked <= 1, "the claims have ended"
        await calendar.until_caught_up(seconds=RECOVERY_SECONDS)
    report = await judge(most_uncertain=0.3)
    assert report.expected > 4500
