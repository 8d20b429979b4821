"""Series: publish, then move on to the next reminder; lists that the planner continues."""

import asyncio
import itertools
import signal
from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

import pytest

from calendar_faults.contents import excluding, overriding
from calendar_faults.history import Content, Override, Recurrence
from calendar_faults.system import Services, System
from calendar_faults.users import Behavior
from calendar_faults.waiting import run_for
from calendar_faults.zones import ZoneInfo
from tests.faults.conftest import Verify
from tests.faults.test_processes import repeats

ZONE: Final = ZoneInfo("Asia/Kolkata")
LEAD: Final = timedelta(hours=1)


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

EVERY_DAY: Final = {("removed", "kill")}


async def lose_answer_to_commit(calendar: System, services: Services) -> None:
    """The rows are moved on, and the Scheduler does not know it."""
    proxy, scheduler = calendar.network.scheduler_database, services.scheduler
    trap = proxy.set_trap(b"COMMIT\0", "cut")
    async with asyncio.timeout(30):
        await trap.triggered.wait()
    await scheduler.wait_for_metric(
        "calendar_scheduler_commits_in_doubt_total", above=0, seconds=10
    )
    proxy.heal()
    await calendar.wait_until_caught_up(seconds=20)


async def disturb(calendar: System, services: Services, *, step: str, way: str) -> None:
    """Disturb the Scheduler at that step, and wait until everything is sent that was due."""
    points, scheduler = calendar.points, services.scheduler
    if step == "committed":
        await lose_answer_to_commit(calendar, services)
        return
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
        for step, way in [*itertools.product(STEPS, WAYS), ("committed", "database")]
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
        async with calendar.fault(f"scheduler: {way} when {step}", "repeats"):
            await disturb(calendar, services, step=step, way=way)
    expected = ROUNDS * SERIES * DATES * len(leads)
    await calendar.wait_until_stored(expected, seconds=20)
    report = await verify()
    assert report.expected == expected
    if (step, way) in REPEATED:
        assert repeats(calendar), "what was sent was sent again"


# ------------------------------------------------------------------------- the planner and edits

PLANNED: Final = "SELECT sum(1 + coalesce(cardinality(upcoming_due), 0)) FROM reminders"
"""The length of all lists; a write plans the first few reminders, the planner the others."""

PLANNER_STEPS: Final = ("refilling", "refilled", "planned")
"""Before a list is continued; before that is committed; after it is."""


async def planned(calendar: System) -> int:
    """The length of all lists of reminders."""
    [[length]] = await calendar.sql(PLANNED)
    return int(length or 0)


async def test_two_planners_continue_lists_while_two_schedulers_send_them(
    calendar: System, verify: Verify
) -> None:
    """The lists are long enough that a reminder waits for nothing."""
    await calendar.start_all()
    await asyncio.gather(calendar.start("api"), calendar.start("scheduler"))
    content = series(calendar, due_in=2, count=15, every=1.5)
    await create_series(calendar, content, count=8)
    assert await planned(calendar) < 8 * 15, "the others are planned while these are sent"
    await calendar.wait_until_stored(8 * 15, seconds=40)
    report = await verify()
    assert report.expected == 8 * 15
    assert repeats(calendar) == 0


async def test_without_a_planner_lists_end_and_are_continued_late(
    calendar: System, verify: Verify
) -> None:
    services = await calendar.start_all()
    content = series(calendar, due_in=3, count=30, every=0.3)
    await create_series(calendar, content, count=3)
    length = await planned(calendar)
    assert length < 3 * 30
    async with calendar.fault("no planner", "answers"):
        await services.api.kill()
        await calendar.wait_until_stored(length, seconds=15)
        assert await planned(calendar) == 0
        # What follows is due, and not forgotten.
        assert not await calendar.is_done(due_by=calendar.recorder.now())
        await services.api.start_and_wait()
        await calendar.wait_until_caught_up(seconds=15)
    await calendar.wait_until_stored(3 * 30, seconds=15)
    report = await verify()
    assert report.expected == 3 * 30
    assert repeats(calendar) == 0


@pytest.mark.weekly
@pytest.mark.parametrize("way", ["kill", "freeze"])
@pytest.mark.parametrize("step", PLANNER_STEPS)
async def test_a_planner_is_disturbed(
    calendar: System, verify: Verify, step: str, way: str
) -> None:
    """Another one continues its lists."""
    services = await calendar.start_all(api={})
    calendar.points.request(step, way)
    content = series(calendar, due_in=1, count=15, every=0.5)
    await create_series(calendar, content, count=4)
    async with calendar.fault(f"planner: {way} when {step}"):
        await calendar.points.wait_until_reached(step)
        calendar.client.urls.clear()
        await calendar.start("api")
        await calendar.wait_until_stored(4 * 15, seconds=20)
        if way == "freeze":
            services.api.send(signal.SIGCONT)
            await services.api.wait_until_ready(seconds=10)
        else:
            assert await services.api.wait_until_ended()
    report = await verify()
    assert report.expected == 4 * 15
    assert repeats(calendar) == 0


async def test_changes_of_series_at_the_due_time(calendar: System, verify: Verify) -> None:
    await calendar.start_all()
    await asyncio.gather(calendar.start("api"), calendar.start("scheduler"))
    racing = Behavior(pause=0.12, soonest=0.2, latest=1.0, racing=0.9, series=8)
    async with calendar.users(12, behavior=racing):
        await run_for(8)
    report = await verify(max_uncertain=0.3)
    assert report.possible > 10, "there were races"


@pytest.mark.weekly
async def test_a_change_of_a_series_keeps_what_was_missed(calendar: System, verify: Verify) -> None:
    """Occurrences have started, and their reminders wait, when a later one is changed."""
    services = await calendar.start_all()
    client = calendar.client
    content = series(calendar, due_in=2, count=10, every=0.5, leads=(timedelta(),))
    events = await create_series(calendar, content, count=3)
    assert content.recurrence
    last = content.recurrence.dates[-1]
    async with calendar.fault("scheduler away"):
        await services.scheduler.kill()
        await run_for(5)
        changes = (
            excluding(content, last),
            overriding(content, last, Override(starts_at=content.starts_at + LEAD)),
            content.model_copy(update={"title": "Band"}),
        )
        for number, (event, changed) in enumerate(zip(events, changes, strict=True)):
            assert (await client.change(f"singer-{number}", event, changed)).status == 200
        await services.scheduler.start_and_wait()
        await calendar.wait_until_caught_up(seconds=10)
    await verify()
