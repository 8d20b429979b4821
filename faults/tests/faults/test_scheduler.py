"""Several schedulers, frozen ones, wrong clocks, and reminders that cannot be published."""

import asyncio
import itertools
import signal
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from uuid import UUID, uuid4

import pytest

from calendar_faults.history import Content
from calendar_faults.service import Service
from calendar_faults.system import System
from calendar_faults.waiting import TIME_FACTOR, run_for, wait_until
from calendar_faults.zones import ZoneInfo
from tests.faults.conftest import Verify
from tests.faults.test_processes import repeats

KILLS = ("claimed", "published", "claimed", "removed", "claimed") * 4


@pytest.mark.weekly
async def test_case_2_one_of_two_is_killed_repeatedly(calendar: System, verify: Verify) -> None:
    await calendar.start_all(scheduler={})
    await calendar.start("scheduler", hooks={})

    async def killed() -> Service | None:
        return next((s for s in calendar.services if s.kind == "scheduler" and not s.pid), None)

    async with calendar.users():
        for point in KILLS:
            async with calendar.fault(f"one of two schedulers killed when {point}", "repeats"):
                calendar.points.request(point, "kill")
                await calendar.points.wait_until_reached(point)
                scheduler = await wait_until(killed, seconds=5, what="one is killed")
                await scheduler.start_and_wait()
            calendar.points.release(point)
    report = await verify()
    # A lease would have to expire first.
    assert max(report.lateness) < timedelta(seconds=2.5) * TIME_FACTOR


@pytest.mark.weekly
@pytest.mark.parametrize("schedulers", [2, 4])
async def test_case_3_ten_thousand_are_due_at_once(
    calendar: System, verify: Verify, schedulers: int
) -> None:
    await calendar.start_all()
    await asyncio.gather(*(calendar.start("scheduler") for _ in range(schedulers - 1)))
    content = calendar.event("Rush", due_in=30)
    for number in range(10):
        await calendar.create_events(f"user-{number}", content, count=1000)
    assert calendar.recorder.now() < content.starts_at - timedelta(hours=1)

    await calendar.wait_until_stored(10_000, seconds=60)
    # The benchmarks measure how long that takes.
    report = await verify(at_rest=60)

    assert report.expected == 10_000
    assert repeats(calendar) == 0


@pytest.mark.parametrize(
    "point",
    [
        "buffered",
        pytest.param("claimed", marks=pytest.mark.weekly),
        pytest.param("published", marks=pytest.mark.weekly),
    ],
)
async def test_case_4_a_frozen_scheduler_resumes(
    calendar: System, verify: Verify, point: str
) -> None:
    services = await calendar.start_all(scheduler={})
    calendar.points.request(point, "freeze")
    content = calendar.event("Frozen", due_in=2)
    events = await calendar.create_events("ann", content, count=100)
    async with calendar.fault("scheduler frozen", "repeats"):
        await calendar.points.wait_until_reached(point)
        frozen = asyncio.create_task(run_for(15))
        deletes = await asyncio.gather(*(delete(calendar, event) for event in events[:20]))
        await calendar.start("scheduler")
        await calendar.wait_until_stored(80, seconds=15)
        await frozen
        services.scheduler.send(signal.SIGCONT)
        await services.scheduler.wait_until_ready(seconds=10)
    async with calendar.users():
        await run_for(3)
    # A due reminder may be deleted or sent, but not deleted and then sent.
    await verify(max_uncertain=0.3)
    assert {status for statuses in deletes for status in statuses} <= {503, 204}
    assert {statuses[-1] for statuses in deletes} == {204}


async def delete(calendar: System, event: UUID) -> list[int | None]:
    """Deletes, and retries after a 503; returns all statuses."""
    statuses: list[int | None] = []
    while not statuses or statuses[-1] == 503:
        statuses.append((await calendar.client.delete("ann", event)).status)
    return statuses


MANY_UNPUBLISHABLE = """
WITH event AS (
    INSERT INTO events (user_id, id, title, starts_at, ends_at, notify_before)
    SELECT 'nobody', gen_random_uuid(), repeat('x', 300), now() + interval '1 hour',
           now() + interval '2 hours', '1 hour'
    FROM generate_series(1, $1::int) RETURNING user_id, id
)
INSERT INTO reminders (user_id, event_id, notification_id, due_at, ready_at, next_try_at, attempts)
SELECT user_id, id, gen_random_uuid(), now(), now(), now() - interval '1 hour', $2::int FROM event
RETURNING event_id
"""


async def test_case_16_unpublishable_reminders_hold_up_no_others(
    calendar: System, verify: Verify
) -> None:
    services = await calendar.start_all()
    async with calendar.users():
        await run_for(1)
        for count, attempts in ((1, 9), (600, 0), (5, 9)):
            rows = await calendar.sql(MANY_UNPUBLISHABLE, count, attempts)
            calendar.unpublishable |= {row[0] for row in rows}
            await run_for(2)
        parked = await services.scheduler.wait_for_metric(
            "calendar_scheduler_parked_reminders", above=5, seconds=10
        )
        assert parked == 6
        await services.scheduler.wait_for_metric(
            'calendar_scheduler_publish_failures_total{kind="refused"}', above=605, seconds=10
        )
    await verify()


@pytest.mark.parametrize("hours", [1, pytest.param(-1, marks=pytest.mark.weekly)])
async def test_case_19_the_clocks_of_the_processes_are_wrong(
    calendar: System, verify: Verify, hours: int
) -> None:
    """Reminders that are due soon, of events around changes of daylight saving time."""
    database = calendar.dsn.rpartition("/")[2]
    await calendar.sql(f"ALTER DATABASE {database} SET timezone TO 'Europe/Berlin'")
    wrong = {"FAULTS_CLOCK": str(hours * 3600), "TZ": "America/New_York"}
    await calendar.start_all(api=wrong, scheduler=wrong, storer=wrong)
    async with calendar.users():
        starts = [*starts_around_clock_changes(calendar.recorder.now())]
        assert len(starts) >= 12, "a year has at least three changes in two zones, four starts each"
        for number, starts_at in enumerate(starts):
            due = calendar.recorder.now() + timedelta(seconds=2)
            content = Content(title="Night", starts_at=starts_at, notify_before=starts_at - due)
            await calendar.client.create_acknowledged(f"night-{number}", {uuid4(): content})
        await run_for(6)
    await verify()


ZONES = (ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York"))
HOUR = timedelta(hours=1)
DAYS_AHEAD = 365
"""The longest lead time is 366 days."""


def starts_around_clock_changes(now: datetime) -> Iterator[datetime]:
    """Half an hour before and after each change, by the old offset and the new.

    The skipped hour and the repeated hour are among them.
    """
    this_hour = now.replace(minute=0, second=0, microsecond=0)
    for zone, hours in itertools.product(ZONES, range(24, 24 * DAYS_AHEAD)):
        instant = this_hour + hours * HOUR
        offsets = {each.astimezone(zone).utcoffset() for each in (instant - HOUR, instant)}
        if len(offsets) == 2:
            for offset, side in itertools.product(offsets, (-HOUR / 2, HOUR / 2)):
                assert offset is not None
                yield (instant + side).astimezone(timezone(offset))
