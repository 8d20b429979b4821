"""Lists of reminders are continued: no gap, nothing twice, whatever else works on the rows."""

import asyncio
import random
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs
from tests.integration.planning.rig import Rig, locked, run, series

from calendar_api.events.plans import FIRST_LENGTH
from calendar_api.observability.metrics import Metrics
from calendar_api.planning.lists import LIST_LENGTH

LEADS = ["P1D", "PT30M", "PT0S"]


def value(metrics: Metrics, name: str, **labels: str) -> float:
    sample = metrics.registry.get_sample_value(f"calendar_api_{name}", labels)
    assert sample is not None, name
    return sample


async def test_a_list_that_is_due_becomes_full(rig: Rig) -> None:
    key = await rig.create(**series())
    first = await rig.pending(key)
    await rig.make_due(key)

    await run(rig.planner())

    pending = await rig.pending(key)
    assert len(pending) == LIST_LENGTH
    assert pending[: len(first)] == first
    assert await rig.check(key) == LIST_LENGTH
    assert await rig.column(key, "refill_at") == pending[LIST_LENGTH // 2].due
    assert await rig.column(key, "planned_due") == pending[-1].due


async def test_a_list_that_is_not_due_is_left_alone(rig: Rig) -> None:
    key = await rig.create(**series())
    before = await rig.row("reminders", key)

    assert await rig.planner().refill() > 0

    assert await rig.row("reminders", key) == before


async def test_reminders_that_are_sent_make_room(rig: Rig) -> None:
    key = await rig.create(**series(reminders=LEADS))
    planner = rig.planner()
    for _ in range(5):
        await rig.send(key, 17)
        await rig.make_due(key)
        await run(planner)

    assert len(await rig.pending(key)) == LIST_LENGTH
    assert await rig.check(key) == len(rig.sent[key]) + LIST_LENGTH


async def test_a_list_that_ran_dry_goes_on(rig: Rig) -> None:
    key = await rig.create(**series())
    await rig.send(key, 1_000)
    assert await rig.row("reminders", key) is None
    await rig.make_due(key)

    await run(rig.planner())

    assert len(await rig.pending(key)) == LIST_LENGTH
    assert await rig.check(key) == FIRST_LENGTH + LIST_LENGTH


@pytest.mark.parametrize("sent", [0, 7, FIRST_LENGTH])
async def test_a_series_that_ends(rig: Rig, sent: int) -> None:
    key = await rig.create(**series("FREQ=DAILY;COUNT=33"))
    await rig.send(key, sent)
    await rig.make_due(key)

    await run(rig.planner())

    assert await rig.check(key) == 33
    schedule = await rig.row("schedules", key)
    names = ("planned_since", "planned_due", "planned_start", "refill_at")
    assert [schedule[name] for name in names] == [None] * 4
    assert schedule["first_starts_at"] is not None


async def test_a_list_that_is_just_complete(rig: Rig) -> None:
    key = await rig.create(**series(f"FREQ=DAILY;COUNT={LIST_LENGTH}"))
    await rig.make_due(key)

    await run(rig.planner())

    assert await rig.is_complete(key)
    assert await rig.check(key) == LIST_LENGTH


@pytest.mark.parametrize("column", ["parked_at = now()", "attempts = 3, last_error = 'x'"])
async def test_a_refused_head_stays(rig: Rig, column: str) -> None:
    key = await rig.create(**series())
    await rig.sql.execute(f"UPDATE reminders SET {column} WHERE event_id = $1", key.event_id)
    before = await rig.row("reminders", key)
    await rig.make_due(key)

    await run(rig.planner())

    after = await rig.row("reminders", key)
    names = ("due_at", "occurs_at", "recurrence_id", "next_try_at", "attempts", "parked_at")
    assert {name: after[name] for name in names} == {name: before[name] for name in names}
    assert await rig.check(key) == LIST_LENGTH


async def test_a_full_list_does_not_grow_and_waits(rig: Rig) -> None:
    key = await rig.create(**series())
    planner = rig.planner()
    await rig.make_due(key)
    await run(planner)
    before = await rig.row("reminders", key)
    await rig.make_due(key)

    await run(planner)

    assert await rig.row("reminders", key) == before
    assert await rig.column(key, "refill_at") > datetime.now(UTC) + timedelta(seconds=30)


@pytest.mark.parametrize("table", ["reminders", "events"])
async def test_a_locked_row_is_not_waited_for(rig: Rig, migrated: str, table: str) -> None:
    """A Scheduler sends the reminder, or a user changes the event."""
    held, free = await rig.create(**series()), await rig.create(**series())
    await rig.make_due(held, free)
    planner = rig.planner()
    async with locked(migrated, table, held):
        async with asyncio.timeout(5):
            await run(planner)
        assert len(await rig.pending(held)) == FIRST_LENGTH
        assert len(await rig.pending(free)) == LIST_LENGTH

    await run(planner)

    assert await rig.check(held) == LIST_LENGTH


async def test_many_lists_are_due_at_once(rig: Rig) -> None:
    keys = [await rig.create(**series()) for _ in range(25)]
    await rig.make_due(*keys)
    metrics = Metrics()

    await run(rig.planner(metrics))

    assert [await rig.check(key) for key in keys] == [LIST_LENGTH] * 25
    assert value(metrics, "reminders_planned_total") == 25 * (LIST_LENGTH - FIRST_LENGTH)


async def test_an_event_that_cannot_be_planned_does_not_stop_the_others(rig: Rig) -> None:
    bad, *good = [await rig.create(**series()) for _ in range(12)]
    await rig.sql.execute(
        """UPDATE events SET recurrence = '{"rule": "FREQ=NEVER"}' WHERE id = $1""", bad.event_id
    )
    await rig.make_due(*good)
    await rig.make_due(bad)
    metrics = Metrics()
    planner = rig.planner(metrics)

    with capture_logs() as lines:
        await run(planner)
    await planner.refill()

    assert [await rig.check(key) for key in good] == [LIST_LENGTH] * 11
    assert len(await rig.pending(bad)) == FIRST_LENGTH
    assert await rig.column(bad, "refill_at") > datetime.now(UTC) + timedelta(seconds=30)
    failed = [line for line in lines if line["event"] == "planning_failed"]
    assert [line["event_id"] for line in failed] == [str(bad.event_id)]
    assert value(metrics, "planning_failures_total") == 1
    assert value(metrics, "planning_failing_events", loop="refill") == 1


async def test_an_event_that_can_be_planned_again(rig: Rig) -> None:
    key = await rig.create(**series())
    rule = """UPDATE events SET recurrence = '{"rule": "FREQ=%s"}' WHERE id = $1"""
    metrics = Metrics()
    planner = rig.planner(metrics)
    for frequency in ("NEVER", "DAILY"):
        await rig.sql.execute(rule % frequency, key.event_id)
        await rig.make_due(key)
        await run(planner)

    assert await rig.check(key) == LIST_LENGTH
    assert value(metrics, "planning_failing_events", loop="refill") == 0


async def test_how_far_ahead_reminders_are_planned(rig: Rig) -> None:
    metrics = Metrics()
    planner = rig.planner(metrics)
    name = "reminders_planned_until_timestamp_seconds"
    await planner.refill()
    assert value(metrics, name) == 0

    keys = [await rig.create(**series(rule)) for rule in ("FREQ=DAILY", "FREQ=WEEKLY")]
    await rig.create(**series("FREQ=DAILY;COUNT=3"))
    await planner.refill()

    assert value(metrics, name) == (await rig.pending(keys[0]))[-1].due.timestamp()


@pytest.mark.parametrize("seed", range(4))
async def test_planners_side_by_side_while_reminders_are_sent(rig: Rig, seed: int) -> None:
    chance = random.Random(seed)
    keys = [
        await rig.create(
            **series(
                f"FREQ={chance.choice(['DAILY', 'WEEKLY', 'MONTHLY'])}"
                f"{chance.choice([';COUNT=230', ';COUNT=71', ''])}",
                reminders=chance.sample([*LEADS, "P40D", "PT15M"], chance.randint(1, 3)),
            )
        )
        for _ in range(12)
    ]
    planners = [rig.planner() for _ in range(3)]

    for _ in range(6):
        for key in keys:
            await rig.send(key, chance.choice([0, 1, 19, 50, 120]))
        await rig.make_due(*keys)
        await asyncio.gather(*map(run, planners))
        for key in keys:
            await rig.check(key)


@pytest.mark.parametrize("seed", range(3))
async def test_edits_at_the_same_time(rig: Rig, seed: int) -> None:
    chance = random.Random(seed)
    keys = [await rig.create(**series()) for _ in range(6)]
    planners = [rig.planner(), rig.planner()]
    for _ in range(5):
        await rig.make_due(*keys)
        leads = chance.sample([*LEADS, "PT15M", "PT5M"], 2)
        edits = (rig.patch(key, reminders=leads) for key in keys[:4])
        await asyncio.gather(*map(run, planners), *edits)

    await rig.make_due(*keys)
    await run(planners[0])
    assert [await rig.check(key) for key in keys] == [LIST_LENGTH] * len(keys)
