"""Any service is killed or stopped at a chosen point of its work, or replaced under load."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from calendar_faults.checker.report import quantile
from calendar_faults.history import Operation, Record, Waiver
from calendar_faults.system import System
from calendar_faults.waiting import run_for
from tests.faults.conftest import Verify

POINTS = [
    ("api", "requested"),
    ("api", "committed"),
    ("scheduler", "claimed"),
    ("scheduler", "published"),
    ("scheduler", "removed"),
    ("storer", "fetched"),
    ("storer", "stored"),
]
EVERY_DAY = {"committed", "published", "stored"}
"""Between the effect of the work and its acknowledgement."""

WAIVERS: dict[str, tuple[Waiver, ...]] = {
    "api": ("answers",),
    "scheduler": ("repeats",),
    "storer": (),
}
ROUNDS = {"api": 3, "scheduler": 2, "storer": 1}
RECOVERY_SECONDS = {"api": 5, "scheduler": 5, "storer": 15}
"""The partitions of a storer that was killed are assigned again after its session's ten seconds."""


def repeats(calendar: System) -> int:
    """The number of records that repeat another one."""
    records = [line for line in calendar.recorder.lines if isinstance(line, Record)]
    return len(records) - len(Counter(record.notification_id for record in records))


@pytest.mark.parametrize(
    ("kind", "point"),
    [
        pytest.param(*each, marks=() if each[1] in EVERY_DAY else pytest.mark.weekly)
        for each in POINTS
    ],
)
async def test_cases_1_and_12_a_process_is_killed(
    calendar: System, verify: Verify, kind: str, point: str
) -> None:
    services = await calendar.start_all(**{kind: {}})
    service = getattr(services, kind)
    async with calendar.users():
        for _ in range(ROUNDS[kind]):
            await run_for(1)
            async with calendar.fault(f"{kind} killed when {point}", *WAIVERS[kind]):
                calendar.points.request(point, "kill")
                await calendar.points.wait_until_reached(point)
                assert await service.wait_until_ended()
                await service.start_and_wait()
                await calendar.wait_until_caught_up(seconds=RECOVERY_SECONDS[kind])
            calendar.points.release(point)
        assert not await services.storer.metric("calendar_storer_loop_errors_total")
        await run_for(1)
    report = await verify()
    if kind == "api":
        assert report.outcomes["unknown"], "a client did not get its answer"
    if point in {"published", "removed"}:
        assert repeats(calendar), "what was sent was sent again"
    assert services.storer.logged("partitions_assigned")


@pytest.mark.weekly
@pytest.mark.parametrize(("kind", "point"), POINTS)
async def test_a_process_is_stopped(
    calendar: System, verify: Verify, kind: str, point: str
) -> None:
    """It completes the work that it has begun: nothing is repeated, every request is answered."""
    services = await calendar.start_all(**{kind: {}})
    service = getattr(services, kind)
    async with calendar.users():
        await run_for(1)
        async with calendar.fault(f"{kind} stopped when {point}"):
            calendar.points.request(point, "terminate")
            stopped = await calendar.points.wait_until_reached(point)
            assert await service.wait_until_ended() == 0
            await service.start_and_wait()
            await calendar.wait_until_caught_up(seconds=5)
        await run_for(1)
    await verify()
    # A client that connects while the socket is closed may get no answer.
    operations = [line for line in calendar.recorder.lines if isinstance(line, Operation)]
    assert "unknown" not in {line.outcome for line in operations if line.invoked <= stopped}


async def test_case_24_a_rolling_restart(calendar: System, verify: Verify) -> None:
    """Streams end cleanly, and their clients go on at another storer."""
    await calendar.recipients.receive("crm", "mail")
    services = await calendar.start_all()
    await calendar.recipients.follow(calendar.user_names())
    async with calendar.users(20):
        await run_for(1)
        for old in services.all:
            async with calendar.fault(f"{old.kind} replaced", "repeats"):
                new = await calendar.start(old.kind)
                if old is services.api:
                    # As a load balancer does before a pod ends.
                    calendar.client.urls.remove(old.url)
                    await run_for(0.5)
                await old.stop()
                await calendar.wait_until_caught_up(seconds=15)
                await new.wait_until_ready()
    report = await verify()
    assert report.outcomes["unsent"] == 0
    steady = [each for each in calendar.recipients.followers if not each.is_restless]
    assert all(each.connections > 1 for each in steady)
    assert report.outcomes["unknown"] == 0


@pytest.mark.weekly
async def test_case_24_concurrent_migrations_under_load(calendar: System, verify: Verify) -> None:
    await calendar.start_all()
    async with calendar.users():
        await asyncio.gather(*(calendar.add(kind).migrate() for kind in ("api", "storer") * 2))
        await run_for(1)
    report = await verify(at_rest=2)
    assert report.outcomes["unknown"] == 0
    operations = [line for line in calendar.recorder.lines if isinstance(line, Operation)]
    took = [line.completed - line.invoked for line in operations]
    assert quantile(took, 0.95) < timedelta(seconds=2)
