"""Services that are broken on purpose, by common mistakes: the checker must report each."""

import asyncio

import pytest

from calendar_faults.checker.report import Kind
from calendar_faults.collection import collect_and_check
from calendar_faults.receiver import ACCEPTED
from calendar_faults.system import Services, System
from calendar_faults.users import Behavior
from calendar_faults.waiting import run_for
from tests.faults.test_recipients import (
    ENDPOINTS,
    QUICK,
    SLOW_INSERTS,
    TAKE_TIME,
    recover,
    start,
)
from tests.faults.test_series import create_series, series

NO_RACES = Behavior(racing=0)
"""Events whose reminder is in progress are not changed: what is lost is lost for certain."""


async def start_broken(calendar: System, kind: str, breakage: str, **hooks: str) -> Services:
    return await calendar.start_all(**{kind: {"FAULTS_BREAKAGE": breakage, **hooks}})


async def violations(calendar: System) -> set[Kind]:
    report = await collect_and_check(calendar, max_uncertain=1, wait_seconds=12)
    return {violation.kind for violation in report.violations}


async def test_reminders_removed_before_the_acknowledgement_are_lost(calendar: System) -> None:
    await start_broken(calendar, "scheduler", "remove_before_acknowledgement")
    broker = calendar.network.scheduler_broker
    async with calendar.users(behavior=NO_RACES), calendar.fault("broker unreachable"):
        calendar.points.request("claimed", "hold")
        await calendar.points.wait_until_reached("claimed")
        broker.drop_packets()
        calendar.points.release("claimed")
        await run_for(4)
        broker.disconnect()
        calendar.network.heal()
    assert Kind.LOST in await violations(calendar)


@pytest.mark.weekly
async def test_records_committed_before_they_are_stored_are_lost(calendar: System) -> None:
    services = await start_broken(calendar, "storer", "commit_offsets_before_storing")
    async with calendar.users(behavior=NO_RACES):
        await run_for(1)
        async with calendar.fault("storer killed"):
            calendar.points.request("fetched", "kill")
            await calendar.points.wait_until_reached("fetched")
            await services.storer.start_and_wait()
    assert Kind.LOST in await violations(calendar)


@pytest.mark.weekly
async def test_a_group_that_starts_at_the_latest_offset_loses(calendar: System) -> None:
    _, scheduler = await asyncio.gather(calendar.start("api"), calendar.start("scheduler"))
    async with calendar.users(behavior=NO_RACES):
        await scheduler.wait_for_metric(
            "calendar_scheduler_notifications_published_total", above=10, seconds=10
        )
    await calendar.start("storer", hooks={"FAULTS_BREAKAGE": "start_at_latest_offset"})
    async with calendar.users(3, seed=1):
        await run_for(2)
    assert Kind.LOST in await violations(calendar)


@pytest.mark.parametrize(
    ("has_primary_key", "kind"),
    [(False, Kind.DOUBLED), pytest.param(True, Kind.ALIEN, marks=pytest.mark.weekly)],
)
async def test_an_insert_without_on_conflict_doubles_or_makes_dead_letters(
    calendar: System, has_primary_key: bool, kind: Kind
) -> None:
    if not has_primary_key:
        await calendar.sql("ALTER TABLE notifications DROP CONSTRAINT notifications_pkey")
    services = await start_broken(calendar, "storer", "insert_without_on_conflict")
    async with calendar.users(), calendar.fault("storer killed"):
        calendar.points.request("stored", "kill")
        await calendar.points.wait_until_reached("stored")
        await services.storer.start_and_wait()
        await calendar.wait_until_caught_up(seconds=20)
    assert kind in await violations(calendar)


@pytest.mark.parametrize(
    ("hours", "kind"), [(1, Kind.EARLY), pytest.param(-1, Kind.LOST, marks=pytest.mark.weekly)]
)
async def test_a_scheduler_that_uses_its_own_clock(
    calendar: System, hours: int, kind: Kind
) -> None:
    await start_broken(calendar, "scheduler", "use_process_clock", FAULTS_CLOCK=str(hours * 3600))
    async with calendar.users(5):
        await run_for(3)
    assert kind in await violations(calendar)


@pytest.mark.parametrize(
    ("kind", "breakage", "violation"),
    [
        ("scheduler", "skip_a_reminder", Kind.LOST),
        pytest.param("scheduler", "remove_without_sending", Kind.LOST, marks=pytest.mark.weekly),
        pytest.param(
            "scheduler", "send_without_moving_on", Kind.REPEATED, marks=pytest.mark.weekly
        ),
        pytest.param("api", "plan_only_at_creation", Kind.UNEXPECTED, marks=pytest.mark.weekly),
        pytest.param("api", "forget_what_was_sent", Kind.REPEATED, marks=pytest.mark.weekly),
    ],
)
async def test_series_that_move_on_wrongly(
    calendar: System, kind: str, breakage: str, violation: Kind
) -> None:
    await start_broken(calendar, kind, breakage)
    async with calendar.users(5, behavior=Behavior(racing=0, series=4)):
        await run_for(6)
    assert violation in await violations(calendar)


@pytest.mark.weekly
@pytest.mark.parametrize(
    ("breakage", "violation"),
    [("refill_with_a_repeat", Kind.REPEATED), ("refill_with_a_gap", Kind.LOST)],
)
async def test_lists_that_are_continued_wrongly(
    calendar: System, breakage: str, violation: Kind
) -> None:
    await start_broken(calendar, "api", breakage)
    await create_series(calendar, series(calendar, due_in=1, count=15, every=0.5), count=2)
    assert violation in await violations(calendar)


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
