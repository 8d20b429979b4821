"""New rules of a zone: wall times stay, instants follow, each occurrence is notified once."""

import asyncio
import os
import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs
from tests.integration.planning.rig import Rig, ids, locked, run
from tests.integration.planning.test_refill import value
from tests.zone_data import zone_data

from calendar_api.events.models import EventKey
from calendar_api.events.plans import FIRST_LENGTH
from calendar_api.observability.metrics import Metrics
from calendar_api.planning.lists import LIST_LENGTH
from calendar_api.planning.planner import Planner

VANCOUVER = "America/Vancouver"
HOUR = timedelta(hours=1)
DAYLIGHT_SAVING = "PST8PDT,M3.2.0,M11.1.0"
"""As in 2025b. In 2026f the zone stays seven hours behind."""

Data = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def old(tmp_path: Path) -> Data:
    return partial(zone_data, "202502", {VANCOUVER: DAYLIGHT_SAVING}, tmp_path)


@pytest.fixture
def new(tmp_path: Path) -> Data:
    return partial(zone_data, "202606", {VANCOUVER: "MST7"}, tmp_path)


def vancouver(start: str = "2027-01-15T09:00:00", **members: Any) -> dict[str, Any]:
    return {"starts_at": start, "duration": "PT1H", "time_zone": VANCOUVER} | members


def weekly(start: str = "2027-01-15T09:00:00", **members: Any) -> dict[str, Any]:
    return vancouver(
        start, **{"recurrence": {"rule": "FREQ=WEEKLY"}, "reminders": ["PT15M"]} | members
    )


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


async def follow(planner: Planner) -> None:
    while await planner.follow_zone_rules() == 0:
        pass


async def instants(rig: Rig, key: EventKey) -> tuple[datetime, datetime, int]:
    event = await rig.event(key)
    return event["starts_at"], event["first_ends_at"] or event["ends_at"], event["version"]


async def test_a_series_of_the_issue(rig: Rig, old: Data, new: Data) -> None:
    with old():
        key = await rig.create(**weekly())
        assert await instants(rig, key) == (utc("2027-01-15T17:00"), utc("2027-01-15T18:00"), 1)
        before = await rig.pending(key)
    metrics = Metrics()

    with new():
        await follow(rig.planner(metrics))

    assert await instants(rig, key) == (utc("2027-01-15T16:00"), utc("2027-01-15T17:00"), 2)
    after = await rig.pending(key)
    assert after[0].due == utc("2027-01-15T15:45")
    assert ids(after)[: len(before)] == ids(before)
    assert after[9].start == before[9].start  # in summer
    schedule = await rig.row("schedules", key)
    assert schedule["first_starts_at"] == utc("2027-01-15T16:00")
    assert schedule["zone_rules"] == f"202606 {VANCOUVER} MST7"
    assert value(metrics, "zone_updates_total") == 1


async def test_only_once(rig: Rig, old: Data, new: Data) -> None:
    with old():
        key = await rig.create(**weekly())
    with new():
        await follow(rig.planner())
        before = (await rig.event(key), await rig.row("reminders", key))
        await follow(rig.planner())
    assert (await rig.event(key), await rig.row("reminders", key)) == before


async def test_a_zone_whose_rules_are_the_same(rig: Rig, old: Data, new: Data) -> None:
    with old():
        key = await rig.create(**weekly(time_zone="Europe/Berlin"))
    before = [await rig.row(table, key) for table in ("schedules", "reminders")]
    with new():
        await follow(rig.planner())
    assert [await rig.row(table, key) for table in ("schedules", "reminders")] == before


async def test_older_zone_data_changes_nothing(rig: Rig, old: Data, new: Data) -> None:
    with new():
        key = await rig.create(**weekly())
        await rig.make_due(key)
    before = [await rig.row(table, key) for table in ("schedules", "reminders")]
    with old():
        planner = rig.planner()
        await follow(planner)
        await run(planner)
        await run(rig.planner())  # has not looked for newer rules yet
    assert [await rig.row(table, key) for table in ("schedules", "reminders")] == before
    with new():
        await run(rig.planner())
        assert await rig.check(key) == LIST_LENGTH


async def test_older_zone_data_refills_what_is_the_same(rig: Rig, old: Data, new: Data) -> None:
    with new():
        key = await rig.create(**weekly(time_zone="Europe/Berlin"))
        await rig.make_due(key)
    with old():
        planner = rig.planner()
        await follow(planner)
        await run(planner)
    assert await rig.check(key) == LIST_LENGTH


async def test_a_change_before_the_planner_comes_does_not_hide_old_rules(
    rig: Rig, old: Data, new: Data
) -> None:
    with old():
        key = await rig.create(**weekly())
    with new():
        await rig.patch(key, notify_before="P2D")
        await follow(rig.planner())
    assert (await rig.event(key))["starts_at"] == utc("2027-01-15T16:00")


async def test_versions_side_by_side(rig: Rig, old: Data, new: Data) -> None:
    """An API with older data writes an event; the newer one follows, and the older leaves it."""
    with old():
        key = await rig.create(**weekly())
    for title in ("a", "b"):
        with new():
            await follow(rig.planner())
        assert (await rig.event(key))["starts_at"] == utc("2027-01-15T16:00")
        with old():
            await follow(rig.planner())
            assert (await rig.event(key))["starts_at"] == utc("2027-01-15T16:00")
            await rig.patch(key, title=title, starts_at="2027-01-15T09:00:00", duration="PT1H")


@pytest.mark.parametrize(
    "case",
    [
        ("2027-01-15T09:00:00", "2027-01-15T17:00", "2027-01-15T16:00"),
        ("2027-07-15T09:00:00", "2027-07-15T16:00", "2027-07-15T16:00"),
        # In a gap by the old rules, which there is not by the new ones.
        ("2027-03-14T02:30:00", "2027-03-14T10:30", "2027-03-14T09:30"),
        # The second of two equal hours by the old rules.
        ("2027-11-07T01:30:00-08:00", "2027-11-07T09:30", "2027-11-07T08:30"),
    ],
)
async def test_a_single_event(rig: Rig, old: Data, new: Data, case: tuple[str, str, str]) -> None:
    wall_time, before, after = case
    with old():
        key = await rig.create(**vancouver(wall_time, reminders=["P1D", "PT1H"]))
    assert (await rig.event(key))["starts_at"] == utc(before)

    with new():
        await follow(rig.planner())

    start = utc(after)
    assert await instants(rig, key) == (start, start + HOUR, 1 + (before != after))
    dues = [start - 24 * HOUR, start - HOUR]
    assert [each.due for each in await rig.pending(key)] == dues
    assert (await rig.column(key, "zone_rules")).startswith("202606")


async def test_the_second_of_two_equal_hours_stays(rig: Rig, old: Data, tmp_path: Path) -> None:
    # The summer begins a week earlier; in autumn nothing changes.
    newer = zone_data("202606", {VANCOUVER: "PST8PDT,M3.1.0,M11.1.0"}, tmp_path)
    with old():
        second = await rig.create(**vancouver("2027-11-07T01:30:00-08:00"))
        first = await rig.create(**vancouver("2027-11-07T01:30:00-07:00"))
    with newer:
        await follow(rig.planner())
    assert (await rig.event(second))["starts_at"] == utc("2027-11-07T09:30")
    assert (await rig.event(first))["starts_at"] == utc("2027-11-07T08:30")


async def test_a_single_event_of_the_past_stays(rig: Rig, old: Data, new: Data) -> None:
    started = (datetime.now(UTC) - timedelta(hours=9)).replace(tzinfo=None, microsecond=0)
    with old():
        key = await rig.create(**vancouver(started.isoformat(), duration="P300D"))
    before = await instants(rig, key)
    with new():
        await follow(rig.planner())
    assert await instants(rig, key) == before
    assert (await rig.column(key, "zone_rules")).startswith("202606")


async def test_events_that_last_all_day(rig: Rig, old: Data, new: Data) -> None:
    members = {"starts_on": "2027-01-15", "time_zone": VANCOUVER, "reminders": ["-PT9H"]}
    with old():
        single = await rig.create(**members)
        recurring = await rig.create(**members, recurrence={"rule": "FREQ=DAILY;COUNT=3"})
    with new():
        await follow(rig.planner())
    for key in (single, recurring):
        start = utc("2027-01-15T07:00")
        assert await instants(rig, key) == (start, start + 24 * HOUR, 2)
        assert (await rig.pending(key))[0].due == utc("2027-01-15T16:00")
        assert await rig.column(key, "first_starts_at") == start
    assert await rig.column(recurring, "last_ends_at") == utc("2027-01-18T07:00")


async def test_changed_occurrences(rig: Rig, old: Data, new: Data) -> None:
    overrides = {
        "2027-01-22T09:00:00": {"starts_at": "2027-01-22T14:00:00", "duration": "PT2H"},
        "2027-01-29T09:00:00": {"reminders": ["PT2H"], "title": "y"},
    }
    with old():
        key = await rig.create(**weekly(overrides=overrides))
        before = await rig.pending(key)
    with new():
        await follow(rig.planner())
    pending = await rig.pending(key)
    assert ids(pending)[: len(before)] == ids(before)
    assert pending[1][:2] == (utc("2027-01-22T20:45"), utc("2027-01-22T21:00"))
    assert pending[2][:2] == (utc("2027-01-29T14:00"), utc("2027-01-29T16:00"))
    assert (
        '"starts_at":"2027-01-22T21:00:00Z","ends_at":"2027-01-22T23:00:00Z"'
        in ((await rig.event(key))["overrides"])
    )


async def test_until_as_an_instant(rig: Rig, old: Data, new: Data) -> None:
    """The last occurrence is now before UNTIL; it was after it."""
    rule = "FREQ=WEEKLY;UNTIL=20270129T163000Z"
    with old():
        key = await rig.create(**weekly(recurrence={"rule": rule}))
        assert len(await rig.pending(key)) == 2
    with new():
        await follow(rig.planner())
    event = await rig.event(key)
    assert event["last_day"].isoformat() == "2027-01-29"
    assert event["ends_at"] == utc("2027-01-29T17:00")


async def test_what_is_sent_is_not_sent_again(rig: Rig, old: Data, new: Data) -> None:
    with old():
        key = await rig.create(**weekly(reminders=["P8D", "PT15M"]))
        await rig.send(key, 7)
        before = await rig.pending(key)
    with new():
        planner = rig.planner()
        await follow(planner)
        await rig.make_due(key)
        await run(planner)
    pairs = [(each.recurrence_id, each.lead) for each in rig.sent[key] + await rig.pending(key)]
    assert len(set(pairs)) == len(pairs)
    assert {(each.recurrence_id, each.lead) for each in before} <= set(pairs)


@pytest.mark.parametrize("sent", [FIRST_LENGTH - 1, FIRST_LENGTH])
async def test_a_list_that_is_dry(rig: Rig, old: Data, new: Data, sent: int) -> None:
    with old():
        key = await rig.create(**weekly())
        expected = ids(rig.expected(key, 60))
        await rig.send(key, sent)
    with new():
        planner = rig.planner()
        await follow(planner)
        await rig.make_due(key)
        await run(planner)
    assert ids(rig.sent[key] + await rig.pending(key))[:60] == expected


async def test_a_complete_list(rig: Rig, old: Data, new: Data) -> None:
    with old():
        key = await rig.create(**weekly(recurrence={"rule": "FREQ=WEEKLY;COUNT=5"}))
        expected = ids(rig.expected(key, 6))
        await rig.send(key, 2)
    with new():
        planner = rig.planner()
        await follow(planner)
    assert ids(rig.sent[key] + await rig.pending(key)) == expected
    assert await rig.is_complete(key)


async def test_all_sent(rig: Rig, old: Data, new: Data) -> None:
    with old():
        key = await rig.create(**weekly(recurrence={"rule": "FREQ=WEEKLY;COUNT=5"}))
        await rig.send(key, 5)
    with new():
        await follow(rig.planner())
    assert await rig.row("reminders", key) is None
    assert (await instants(rig, key))[2] == 2


async def test_a_refill_follows_new_rules_first(rig: Rig, old: Data, new: Data) -> None:
    with old():
        key = await rig.create(**weekly())
        await rig.make_due(key)
    with new():
        await rig.planner().refill()
    assert (await rig.event(key))["starts_at"] == utc("2027-01-15T16:00")


@pytest.mark.parametrize("table", ["reminders", "events"])
async def test_a_locked_row(rig: Rig, migrated: str, old: Data, new: Data, table: str) -> None:
    with old():
        held, free = await rig.create(**weekly()), await rig.create(**weekly())
    with new():
        planner = rig.planner()
        async with locked(migrated, table, held), asyncio.timeout(5):
            await follow(planner)
            assert [(await instants(rig, key))[2] for key in (held, free)] == [1, 2]
        await follow(planner)
    assert (await instants(rig, held))[2] == 2


async def test_an_event_that_cannot_follow(rig: Rig, old: Data, new: Data) -> None:
    with old():
        bad, *good = [await rig.create(**weekly()) for _ in range(13)]
    statement = """UPDATE events SET recurrence = '{"rule": "FREQ=%s"}' WHERE id = $1"""
    await rig.sql.execute(statement % "NEVER", bad.event_id)
    metrics = Metrics()
    with new():
        planner = rig.planner(metrics)
        with capture_logs() as lines:
            await follow(planner)
        await follow(planner)
        assert [line["event"] for line in lines] == ["planning_failed"]
        assert [(await instants(rig, key))[2] for key in good] == [2] * 12
        assert (await instants(rig, bad))[2] == 1
        assert value(metrics, "planning_failing_events", loop="zone_rules") == 1

        # It is tried again when its list is to be refilled.
        await rig.sql.execute(statement % "WEEKLY", bad.event_id)
        await rig.make_due(bad)
        await run(planner)
        await follow(planner)
    assert (await instants(rig, bad))[2] == 2
    assert value(metrics, "planning_failing_events", loop="zone_rules") == 0


async def test_many_events_and_planners(rig: Rig, old: Data, new: Data) -> None:
    with old():
        keys = [await rig.create(**weekly()) for _ in range(30)]
    with new():
        await asyncio.gather(*(follow(rig.planner()) for _ in range(3)))
    assert [(await instants(rig, key))[2] for key in keys] == [2] * 30


RULES = ["MST7", "PST8", "PST8PDT,M4.1.0,M10.5.0", "HST10", "PST8PDT,M3.2.0,M11.1.0/5"]
LEADS = ["P40D", "P1D", "PT36H", "PT90M", "PT30M", "PT0S"]


def random_series(chance: random.Random) -> dict[str, Any]:
    """A daily series near a change of clocks, perhaps with an occurrence that was moved."""
    month, day = chance.choice([(2, 25), (10, 20), (6, 1)])
    time = chance.choice(["01:30:00", "09:00:00", "02:30:00"])
    moved = {"starts_at": f"2027-{month + 1:02}-08T12:00:00", "duration": "PT2H"}
    return vancouver(
        f"2027-{month:02}-{day:02}T{time}",
        recurrence={"rule": chance.choice(["FREQ=DAILY", "FREQ=DAILY;COUNT=60"])},
        reminders=chance.sample(LEADS, chance.randint(1, 3)),
        overrides=chance.choice([{}, {f"2027-{month:02}-{day + 3:02}T{time}": moved}]),
    )


@pytest.mark.parametrize("seed", range(100 if os.environ.get("WEEKLY") else 8))
async def test_each_occurrence_is_notified_once(
    rig: Rig, old: Data, tmp_path: Path, seed: int
) -> None:
    """Whatever changes, and whatever is sent before: every pair of occurrence and lead, once."""
    chance = random.Random(seed)
    expected: dict[EventKey, list[Any]] = {}
    dry: set[EventKey] = set()
    with old():
        planner = rig.planner()
        for _ in range(12):
            key = await rig.create(**random_series(chance))
            expected[key] = [(each.recurrence_id, each.lead) for each in rig.expected(key, 150)]
            for _ in range(chance.randint(0, 2)):
                await rig.send(key, chance.randint(0, 25))
                await rig.make_due(key)
                await run(planner)
            await rig.send(
                key, chance.choice([0, 1, LIST_LENGTH // 2, LIST_LENGTH - 1, LIST_LENGTH])
            )
            # Of a lead that is not in the list any more, one reminder may be sent twice.
            leads_left = {each.lead for each in await rig.pending(key)}
            if leads_left != set(rig.fields[key].leads):
                dry.add(key)
    with zone_data("202606", {VANCOUVER: chance.choice(RULES)}, tmp_path):
        planner = rig.planner()
        await follow(planner)
        for _ in range(3):
            for key in expected:
                await rig.send(key, chance.randint(0, 80))
            await rig.make_due(*expected)
            await run(planner)

    for key, pairs in expected.items():
        known = rig.sent[key] + await rig.pending(key)
        notified = [(each.recurrence_id, each.lead) for each in known]
        repeated = len(notified) - len(set(notified))
        assert repeated <= (len(rig.fields[key].leads) if key in dry else 0), rig.fields[key]
        # Near the end of what is written, the order by the new rules is another.
        surely = pairs if await rig.is_complete(key) else pairs[: len(notified) - 20]
        assert set(surely) <= set(notified), rig.fields[key]
