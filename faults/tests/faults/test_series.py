"""Series: publish, then move on to the next reminder; lists that the planner continues."""

import signal
from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

import pytest

from calendar_faults.history import Content, Recurrence
from calendar_faults.system import Services, System
from calendar_faults.users import Behavior
from calendar_faults.waiting import run_for
from calendar_faults.zones import ZoneInfo
from tests.faults.conftest import Verify
from tests.faults.test_processes import repeats

ZONE: Final = ZoneInfo("Asia/Kolkata")
LEAD: Final = timedelta(hours=1)
MOSTLY_SERIES: Final = Behavior(series=4)


def series(
    calendar: System, *, due_in: float, count: int, every: float, leads: Sequence[timedelta] = ()
) -> Content:
    """A series whose first reminder is due in some seconds, and the others one after another."""
    leads = leads or (LEAD,)
    first = calendar.recorder.now() + timedelta(seconds=due_in) + leads[0]
    local = first.astimezone(ZONE).replace(tzinfo=None)
    dates = tuple(local + timedelta(seconds=number * every) for number in range(count))
    return Content(
        title="Choir",
        starts_at=first,
        notify_before=leads[0],
        reminders=tuple(leads) if leads[1:] else None,
        time_zone=ZONE.key,
        recurrence=Recurrence(dates=dates),
    )


async def create_series(calendar: System, content: Content, *, count: int) -> list[UUID]:
    """Equal series, each of another user, so that they are in different partitions."""
    events = [uuid4() for _ in range(count)]
    for number, event in enumerate(events):
        await calendar.client.create_acknowledged(f"singer-{number}", {event: content})
    return events


# ------------------------------------------------------------------------ publish, then move on

STEPS: Final = ("claimed", "published", "removed")
"""Before it is published; before the row is moved on; before that is committed."""

WAYS: Final = ("kill", "freeze", "database", "broker")
"""The Scheduler is killed or frozen, or cut off from one of its servers."""

REPEATED: Final = {("published", "kill"), ("removed", "kill"), ("published", "database")}
ROUNDS: Final = 2
SERIES: Final = 6
DATES: Final = 12

EVERY_DAY: Final = {("removed", "kill"), ("published", "database")}


async def disturb(calendar: System, services: Services, *, step: str, way: str) -> None:
    """Disturb the Scheduler at that step, and wait until everything is sent that was due."""
    points, scheduler = calendar.points, services.scheduler
    points.request(step, way if way in {"kill", "freeze"} else "hold")
    await points.wait_until_reached(step)
    if way == "kill":
        assert await scheduler.wait_until_ended()
        await scheduler.start_and_wait()
    elif way == "freeze":
        other = await calendar.start("scheduler")
        await calendar.wait_until_caught_up(seconds=20)
        scheduler.send(signal.SIGCONT)
        await scheduler.wait_until_ready(seconds=10)
        await other.stop()
    else:
        network = calendar.network
        (network.scheduler_database if way == "database" else network.scheduler_broker).cut()
        points.release(step)
        await run_for(2)
        network.heal()
    await calendar.wait_until_caught_up(seconds=20)
    if way in {"kill", "freeze"}:
        points.release(step)


@pytest.mark.parametrize(
    ("step", "way"),
    [
        pytest.param(step, way, marks=() if (step, way) in EVERY_DAY else pytest.mark.weekly)
        for step in STEPS
        for way in WAYS
    ],
)
async def test_the_scheduler_is_disturbed_when_it_moves_on(
    calendar: System, verify: Verify, step: str, way: str
) -> None:
    services = await calendar.start_all(scheduler={})
    leads = (LEAD + timedelta(seconds=1), LEAD)
    for _ in range(ROUNDS):
        content = series(calendar, due_in=1.5, count=DATES, every=0.5, leads=leads)
        await create_series(calendar, content, count=SERIES)
        async with calendar.fault(f"scheduler: {way} when {step}", "repeats", "in-flight"):
            await disturb(calendar, services, step=step, way=way)
    expected = ROUNDS * SERIES * DATES * len(leads)
    await calendar.wait_until_stored(expected, seconds=20)
    report = await verify()
    assert report.expected == expected
    if (step, way) in REPEATED:
        assert repeats(calendar), "what was sent was sent again"
