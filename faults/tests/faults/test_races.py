"""Changes at the very instant at which reminders are sent, and a rolling restart under load."""

import asyncio
from datetime import timedelta

import pytest

from calendar_faults.history import Operation
from calendar_faults.report import quantile
from calendar_faults.system import System
from calendar_faults.users import Habits
from calendar_faults.waiting import lasting, until
from tests.faults.conftest import Judge


async def test_case_23_changes_at_the_due_instant(calendar: System, judge: Judge) -> None:
    await calendar.start_all()
    await calendar.start("scheduler")
    storm = Habits(pause=0.12, soonest=0.2, latest=1.0, racing=0.95)
    async with calendar.people(20, habits=storm):
        await lasting(10)
    report = await judge(most_uncertain=0.3)
    assert report.possible > 10, "there were races"


async def test_case_24_a_rolling_restart(calendar: System, judge: Judge) -> None:
    trio = await calendar.start_all()
    client = calendar.client
    async with calendar.people(20):
        await lasting(1)
        for old in trio.all:
            async with calendar.fault(f"{old.kind} replaced", "repeats"):
                new = await calendar.start(old.kind)
                if old is trio.api:
                    # As a load balancer does before it ends a pod.
                    client.urls.remove(old.url)
                    await lasting(0.5)
                code, _ = await old.stop()
                assert code == 0
                await calendar.until_caught_up(seconds=15)
                await until(new.is_ready, seconds=5, what=f"{new.name} is ready")
    report = await judge()
    assert report.outcomes["unsent"] == 0
    assert report.outcomes["unknown"] == 0


@pytest.mark.weekly
async def test_case_24_migrations_side_by_side_under_load(calendar: System, judge: Judge) -> None:
    await calendar.start_all()
    async with calendar.people():
        await asyncio.gather(*(calendar.migrate(kind) for kind in ("api", "storer") * 2))
        await lasting(1)
    report = await judge(at_rest=2)
    assert report.outcomes["unknown"] == 0
    took = [
        line.completed - line.invoked
        for line in calendar.recorder.lines
        if isinstance(line, Operation)
    ]
    assert quantile(took, 0.95) < timedelta(seconds=2)
