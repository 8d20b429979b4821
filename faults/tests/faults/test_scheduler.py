"""Schedulers that die, freeze, come in numbers, or do not know what time it is."""

import asyncio
import itertools
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta, timezone
from uuid import UUID, uuid4

import pytest

from calendar_faults.history import Content, Record
from calendar_faults.service import Service
from calendar_faults.system import System
from calendar_faults.waiting import SLOWER, lasting, until
from calendar_faults.zones import ZoneInfo
from tests.faults.conftest import Judge


def repeats(calendar: System) -> int:
    """How many records of the topic were not needed."""
    records = Counter(
        line.notification_id for line in calendar.recorder.lines if isinstance(line, Record)
    )
    return records.total() - len(records)


@pytest.mark.parametrize(
    ("point", "is_repeated"),
    [
        ("published", True),
        pytest.param("claimed", False, marks=pytest.mark.weekly),
        pytest.param("removed", True, marks=pytest.mark.weekly),
    ],
)
async def test_case_1_one_dies_at_a_chosen_point(
    calendar: System, judge: Judge, point: str, is_repeated: bool
) -> None:
    trio = await calendar.start_all(scheduler={})
    async with calendar.people():
        for _ in range(2):
            await lasting(1)
            async with calendar.fault(f"scheduler killed when {point}", "repeats"):
                calendar.points.ask(point, "kill")
                await calendar.points.reached(point)
                await trio.scheduler.begin()
                await calendar.until_caught_up(seconds=5)
            calendar.points.let_go(point)
    await judge()
    if is_repeated:
        assert repeats(calendar), "the fault was met: what was sent was sent again"


@pytest.mark.parametrize("point", ["claimed", "published", "removed"])
@pytest.mark.weekly
async def test_one_is_told_to_stop_at_a_chosen_point(
    calendar: System, judge: Judge, point: str
) -> None:
    """It finishes what it has in hand: no repeat is excused."""
    trio = await calendar.start_all(scheduler={})
    async with calendar.people():
        await lasting(1)
        async with calendar.fault(f"scheduler told to stop when {point}"):
            calendar.points.ask(point, "terminate")
            await calendar.points.reached(point)
            assert await trio.scheduler.until_ended() == 0
            await trio.scheduler.begin()
            await calendar.until_caught_up(seconds=5)
    await judge()


def the_dead(calendar: System) -> Callable[[], Awaitable[Service | None]]:
    async def look() -> Service | None:
        return next((s for s in calendar.services if s.kind == "scheduler" and not s.pid), None)

    return look


KILLS = ("claimed", "published", "claimed", "removed", "claimed") * 4


@pytest.mark.weekly
async def test_case_2_one_of_two_dies_again_and_again(calendar: System, judge: Judge) -> None:
    await calendar.start_all(scheduler={})
    await calendar.start("scheduler", hooks={})
    async with calendar.people():
        for point in KILLS:
            async with calendar.fault(f"one of two schedulers killed when {point}", "repeats"):
                calendar.points.ask(point, "kill")
                await calendar.points.reached(point)
                await (await until(the_dead(calendar), seconds=5, what="one is dead")).begin()
            calendar.points.let_go(point)
    report = await judge()
    # A lease would have to run out first.
    assert max(report.lateness) < timedelta(seconds=2.5) * SLOWER, (
        "the other one takes over at once"
    )


@pytest.mark.parametrize("schedulers", [2, 4])
@pytest.mark.weekly
async def test_case_3_ten_thousand_at_the_same_instant(
    calendar: System, judge: Judge, schedulers: int
) -> None:
    await calendar.start_all()
    await asyncio.gather(*(calendar.start("scheduler") for _ in range(schedulers - 1)))
    due = calendar.recorder.now() + timedelta(seconds=30)
    for number in range(10):
        await _batch(calendar, f"user-{number}", due)
    assert calendar.recorder.now() < due

    await calendar.until_stored(10_000, seconds=60)
    # How long so many take is for the benchmarks to say.
    report = await judge(at_rest=60)

    assert report.expected == 10_000
    assert repeats(calendar) == 0


async def _batch(calendar: System, user: str, due: datetime) -> None:
    content = Content(
        title="Rush", starts_at=due + timedelta(hours=1), notify_before=timedelta(hours=1)
    )
    await calendar.client.create_surely(user, {uuid4(): content for _ in range(1000)})


@pytest.mark.parametrize(
    "point",
    [
        "buffered",
        pytest.param("claimed", marks=pytest.mark.weekly),
        pytest.param("published", marks=pytest.mark.weekly),
    ],
)
async def test_case_4_a_zombie_wakes_up(calendar: System, judge: Judge, point: str) -> None:
    trio = await calendar.start_all(scheduler={})
    due = calendar.recorder.now() + timedelta(seconds=2)
    content = Content(
        title="Frozen", starts_at=due + timedelta(hours=1), notify_before=timedelta(hours=1)
    )
    ids = [uuid4() for _ in range(100)]
    calendar.points.ask(point, "freeze")
    await calendar.client.create_surely("ann", dict.fromkeys(ids, content))
    async with calendar.fault("scheduler frozen", "repeats"):
        await calendar.points.reached(point)
        woken = asyncio.create_task(lasting(15))
        deletes = await asyncio.gather(*(_delete(calendar, each) for each in ids[:20]))
        await calendar.start("scheduler")
        await calendar.until_stored(80, seconds=15)
        await woken
        trio.scheduler.send(signal.SIGCONT)
        await until(trio.scheduler.is_ready, seconds=10, what="the zombie is ready again")
    async with calendar.people():
        await lasting(3)
    # A reminder that was due and not sent may be deleted, or not; but not deleted, and then sent.
    await judge(most_uncertain=0.3)
    assert {status for statuses in deletes for status in statuses} <= {503, 204}
    assert {statuses[-1] for statuses in deletes} == {204}


async def _delete(calendar: System, event: UUID) -> list[int | None]:
    """Deletes, and again while the answer is 503; all statuses."""
    statuses: list[int | None] = []
    while not statuses or statuses[-1] == 503:
        done = await calendar.client.delete("ann", event)
        statuses.append(done.status)
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
RETURNING notification_id
"""


async def test_case_16_what_cannot_be_published_holds_up_nobody(
    calendar: System, judge: Judge
) -> None:
    trio = await calendar.start_all()
    async with calendar.people():
        await lasting(1)
        for count, attempts in ((1, 9), (600, 0), (5, 9)):
            rows = await calendar.sql(MANY_UNPUBLISHABLE, count, attempts)
            calendar.unpublishable |= {row[0] for row in rows}
            await lasting(2)
        parked = await trio.scheduler.until_metric(
            "calendar_scheduler_parked_reminders", above=5, seconds=10
        )
        assert parked == 6
        await trio.scheduler.until_metric(
            'calendar_scheduler_publish_failures_total{kind="refused"}', above=605, seconds=10
        )
    await judge()


ZONES = (ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York"))
HOUR = timedelta(hours=1)
DAYS_AHEAD = 365
"""An event may be reminded of 366 days before."""


def nights_of_change(now: datetime) -> Iterator[datetime]:
    """Half an hour before and after each change of the zones' clocks, by the old time and the new.

    So the hour that is skipped is among them, and the one that comes twice.
    """
    this_hour = now.replace(minute=0, second=0, microsecond=0)
    for zone, hours in itertools.product(ZONES, range(24, 24 * DAYS_AHEAD)):
        instant = this_hour + hours * HOUR
        offsets = {each.astimezone(zone).utcoffset() for each in (instant - HOUR, instant)}
        if len(offsets) == 2:
            for offset, side in itertools.product(offsets, (-HOUR / 2, HOUR / 2)):
                assert offset is not None
                yield (instant + side).astimezone(timezone(offset))


@pytest.mark.parametrize("hours", [1, pytest.param(-1, marks=pytest.mark.weekly)])
async def test_case_19_the_clocks_of_the_processes_are_wrong(
    calendar: System, judge: Judge, hours: int
) -> None:
    await calendar.sql(
        f"ALTER DATABASE {calendar.dsn.rpartition('/')[2]} SET timezone TO 'Europe/Berlin'"
    )
    wrong = {"FAULTS_CLOCK": str(hours * 3600), "TZ": "America/New_York"}
    await calendar.start_all(api=wrong, scheduler=wrong, storer=wrong)
    async with calendar.people():
        await _remind_across_dst_nights(calendar)
        await lasting(6)
    await judge()


async def _remind_across_dst_nights(calendar: System) -> None:
    """Due soon: events on nights that are shorter or longer, months from now."""
    nights = [*nights_of_change(calendar.recorder.now())]
    assert len(nights) >= 12, "nearly a year has three changes or four of two zones, four each"
    for number, starts_at in enumerate(nights):
        due = calendar.recorder.now() + timedelta(seconds=2)
        content = Content(title="Night", starts_at=starts_at, notify_before=starts_at - due)
        await calendar.client.create_surely(f"night-{number}", {uuid4(): content})
