"""A Calendar that is broken on purpose, in the ways of others: the checker must see each."""

import asyncio

import pytest

from calendar_faults.gathering import conclude
from calendar_faults.report import Kind
from calendar_faults.system import System
from calendar_faults.users import Habits
from calendar_faults.waiting import lasting

CAREFUL = Habits(racing=0)
"""Nobody touches an event whose reminder is on its way: what is lost is lost for certain."""


@pytest.fixture
def broken(calendar: System) -> "Broken":
    return Broken(calendar)


class Broken:
    """A system with one broken service, and the kinds of violations that it leads to."""

    def __init__(self, calendar: System) -> None:
        self._calendar = calendar

    async def start(self, kind: str, breakage: str, **hooks: str) -> None:
        await self._calendar.start_all(**{kind: {"FAULTS_BREAKAGE": breakage, **hooks}})

    async def violations(self) -> set[Kind]:
        report = await conclude(self._calendar, most_uncertain=1, patience=12)
        return {violation.kind for violation in report.violations}


async def test_what_is_removed_before_the_acknowledgement_is_lost(
    calendar: System, broken: Broken
) -> None:
    await broken.start("scheduler", "remove_before_acknowledgement")
    async with calendar.people(habits=CAREFUL), calendar.fault("broker cut off"):
        calendar.points.ask("claimed", "hold")
        await calendar.points.reached("claimed")
        calendar.network.scheduler_broker.swallow()
        calendar.points.let_go("claimed")
        await lasting(4)
        calendar.network.scheduler_broker.drop()
        calendar.network.heal()
    assert Kind.LOST in await broken.violations()


@pytest.mark.weekly
async def test_what_is_acknowledged_before_it_is_stored_is_lost(
    calendar: System, broken: Broken
) -> None:
    await broken.start("storer", "commit_offsets_before_storing")
    storer = next(service for service in calendar.services if service.kind == "storer")
    async with calendar.people(habits=CAREFUL):
        await lasting(1)
        async with calendar.fault("storer killed"):
            calendar.points.ask("fetched", "kill")
            await calendar.points.reached("fetched")
            await storer.begin()
    assert Kind.LOST in await broken.violations()


@pytest.mark.weekly
async def test_a_group_that_begins_with_the_latest_loses(calendar: System, broken: Broken) -> None:
    _, scheduler = await asyncio.gather(calendar.start("api"), calendar.start("scheduler"))
    async with calendar.people(habits=CAREFUL):
        await scheduler.until_metric(
            "calendar_scheduler_notifications_published_total", above=10, seconds=10
        )
    await calendar.start("storer", hooks={"FAULTS_BREAKAGE": "start_at_latest_offset"})
    async with calendar.people(3, seed=1):
        await lasting(2)
    assert Kind.LOST in await broken.violations()


@pytest.mark.weekly
async def test_an_insert_without_on_conflict_makes_dead_letters(
    calendar: System, broken: Broken
) -> None:
    await broken.start("storer", "insert_without_on_conflict")
    await _send_something_twice(calendar)
    assert Kind.ALIEN in await broken.violations()


async def test_without_the_primary_key_too_it_doubles(calendar: System, broken: Broken) -> None:
    await calendar.sql("ALTER TABLE notifications DROP CONSTRAINT notifications_pkey")
    await broken.start("storer", "insert_without_on_conflict")
    await _send_something_twice(calendar)
    assert Kind.DOUBLED in await broken.violations()


async def _send_something_twice(calendar: System) -> None:
    storer = next(service for service in calendar.services if service.kind == "storer")
    async with calendar.people(), calendar.fault("storer killed"):
        calendar.points.ask("stored", "kill")
        await calendar.points.reached("stored")
        await storer.begin()
        await calendar.until_caught_up(seconds=20)


@pytest.mark.parametrize(
    ("hours", "kind"), [(1, Kind.EARLY), pytest.param(-1, Kind.LOST, marks=pytest.mark.weekly)]
)
async def test_a_scheduler_that_goes_by_its_own_clock(
    calendar: System, broken: Broken, hours: int, kind: Kind
) -> None:
    await broken.start("scheduler", "use_process_clock", FAULTS_CLOCK=str(hours * 3600))
    async with calendar.people(5):
        await lasting(3)
    assert kind in await broken.violations()
