"""What was sent under old rules of a zone is not sent again; everything else is."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from tests.unit.planning.events import NOW, fields, planned, utc
from tests.zone_data import zone_data

from calendar_api.events.models import EventFields
from calendar_api.events.overrides import local_time
from calendar_api.events.reminders import all_reminders
from calendar_api.events.series import ParsedEvent
from calendar_api.planning import zone_rules
from calendar_api.planning.models import Continuation, PlannedEvent
from calendar_api.planning.pending import MARGIN, moved_list
from calendar_api.recurrence.reminders import DueReminder
from calendar_api.values import durations

VANCOUVER = "America/Vancouver"
OLD = "PST8PDT,M3.2.0,M11.1.0"
DAILY = {"rule": "FREQ=DAILY"}
Pair = tuple[Any, timedelta]


@pytest.fixture
def new(tmp_path: Path) -> Iterator[None]:
    with zone_data("202606", {VANCOUVER: "MST7"}, tmp_path):
        yield


def pair(text: str) -> Pair:
    """An occurrence and a lead: `2027-11-07T09:00:00 P1D`."""
    id_, lead = text.split()
    return local_time(id_), durations.parse(lead)


def pairs(reminders: list[DueReminder]) -> list[Pair]:
    return [(each.recurrence_id, each.lead) for each in reminders]


class Written:
    """An event by the old rules, whose list ends with some reminder."""

    def __init__(self, folder: Path, end: str, *, left: int, **members: Any) -> None:
        with zone_data("202502", {VANCOUVER: OLD}, folder):
            self.fields = fields(**members)
            ahead = list(islice(all_reminders(ParsedEvent.of(self.fields), since=NOW), 300))
            self.all = pairs(ahead)
            self.length = self.all.index(pair(end)) + 1
            self.event = planned(self.fields, sent=self.length - left, written=self.length)
        self.sent = self.all[: self.length - left]

    async def moved(self) -> tuple[EventFields, Continuation]:
        after = zone_rules.follow(self.fields, now=NOW)
        return after, await moved_list(self.event, ParsedEvent.of(after))

    async def notified(self) -> list[Pair]:
        """All that is sent in the end, of the first reminders."""
        after, moved = await self.moved()
        assert moved.last is not None
        later = islice(all_reminders(ParsedEvent.of(after), since=NOW, after=moved.last), 100)
        return self.sent + pairs(moved.reminders) + pairs(list(later))


@pytest.mark.usefixtures("new")
@pytest.mark.parametrize("left", [1, 4, 20])
async def test_each_is_notified_once(tmp_path: Path, left: int) -> None:
    written = Written(
        tmp_path,
        "2027-06-20T09:00:00 PT0S",
        left=left,
        start="2027-05-01T09:00:00",
        recurrence=DAILY,
        reminders=["P1D", "PT30M", "PT0S"],
    )
    notified = await written.notified()
    assert sorted(notified[:200]) == sorted(written.all[:200])


@pytest.mark.usefixtures("new")
async def test_what_now_comes_before_the_end_of_the_list(tmp_path: Path) -> None:
    """It was half an hour beyond the end; now it is half an hour before."""
    written = Written(
        tmp_path,
        "2027-11-06T09:00:00 PT0S",
        left=4,
        start="2027-10-25T09:00:00",
        recurrence=DAILY,
        reminders=["P1DT30M", "PT0S"],
    )
    beyond = pair("2027-11-07T09:00:00 P1DT30M")
    assert written.all[written.length] == beyond
    _, moved = await written.moved()
    assert pairs(moved.reminders)[:5].count(beyond) == 1
    assert sorted((await written.notified())[:60]) == sorted(written.all[:60])


@pytest.mark.usefixtures("new")
async def test_what_now_comes_after_the_beginning_of_the_list(tmp_path: Path) -> None:
    """It was sent half an hour before the list's first one; now it would be half an hour after."""
    with zone_data("202701", {VANCOUVER: "PST8PDT,M4.1.0,M11.1.0"}, tmp_path):
        written = Written(
            tmp_path,
            "2027-03-20T09:00:00 PT0S",
            left=12,
            start="2027-03-01T09:00:00",
            recurrence=DAILY,
            reminders=["P30D", "PT0S"],
        )
        notified = await written.notified()
    assert len(set(notified)) == len(notified)
    assert set(notified) >= set(written.all[:50])


@pytest.mark.usefixtures("new")
async def test_a_dry_list(tmp_path: Path) -> None:
    """What follows was half an hour beyond its end; now it is half an hour before."""
    written = Written(
        tmp_path,
        "2027-12-20T09:00:00 PT0S",
        left=0,
        start="2027-12-01T09:00:00",
        recurrence=DAILY,
        reminders=["PT23H30M", "PT0S"],
    )
    assert written.all[written.length] == pair("2027-12-21T09:00:00 PT23H30M")
    assert sorted((await written.notified())[:60]) == sorted(written.all[:60])


async def test_a_dry_list_loses_nothing(tmp_path: Path) -> None:
    """Rules change at the end of the list, but not for the occurrence after a long lead."""
    with zone_data("202701", {VANCOUVER: "PST8PDT,M4.1.0,M11.1.0"}, tmp_path):
        written = Written(
            tmp_path,
            "2027-03-18T01:30:00 PT0S",
            left=0,
            start="2027-02-25T01:30:00",
            recurrence=DAILY,
            reminders=["P40D", "PT30M", "PT0S"],
        )
        assert written.all[written.length] == pair("2027-04-27T01:30:00 P40D")
        assert set(await written.notified()) >= set(written.all[: written.length + 60])


@pytest.mark.usefixtures("new")
@pytest.mark.parametrize("left", [1, 15])
async def test_an_occurrence_that_was_moved_beyond_the_list(tmp_path: Path, left: int) -> None:
    """By its ID it would be one of those that are sent."""
    written = Written(
        tmp_path,
        "2027-02-20T09:00:00 PT15M",
        left=left,
        start="2027-02-01T09:00:00",
        recurrence=DAILY,
        reminders=["PT15M"],
        overrides={"2027-02-02T09:00:00": {"starts_at": "2027-02-21T12:00:00", "duration": "PT1H"}},
    )
    assert (await written.notified()).count(pair("2027-02-02T09:00:00 PT15M")) == 1


@pytest.mark.usefixtures("new")
async def test_an_occurrence_with_reminders_on_both_sides_of_the_end(tmp_path: Path) -> None:
    """The list has one of them alone with that lead."""
    written = Written(
        tmp_path,
        "2027-12-01T09:00:00 PT90M",
        left=1,
        start="2027-12-01T09:00:00",
        recurrence=DAILY,
        reminders=["PT90M", "PT30M"],
    )
    _, moved = await written.moved()
    first = "2027-12-01T09:00:00"
    assert pairs(moved.reminders)[:2] == [pair(f"{first} PT90M"), pair(f"{first} PT30M")]
    assert moved.reminders[0].due == utc("2027-12-01T14:30")


@pytest.mark.usefixtures("new")
async def test_the_list_ends_where_the_order_is_certain(tmp_path: Path) -> None:
    written = Written(
        tmp_path,
        "2027-12-20T09:00:00 PT15M",
        left=5,
        start="2027-12-01T09:00:00",
        recurrence=DAILY,
        reminders=["PT15M"],
    )
    after, moved = await written.moved()
    assert written.event.last is not None
    end = written.event.last[0] + MARGIN
    assert moved.last == moved.reminders[-1][:2]
    following = next(all_reminders(ParsedEvent.of(after), since=NOW, after=moved.last))
    assert moved.last[0] <= end < following.due
    assert moved.refill_at == moved.reminders[len(moved.reminders) // 2].due


async def test_nothing_pending_and_nothing_to_follow() -> None:
    event: PlannedEvent = planned(
        fields(recurrence={"rule": "FREQ=DAILY;COUNT=3"}, reminders=["PT15M"]), sent=3
    )
    assert await moved_list(event, ParsedEvent.of(event.fields)) == Continuation([], None, None)
