from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.unit.planning.events import NOW, fields, utc
from tests.zone_data import zone_data

from calendar_api.events.models import EventFields
from calendar_api.planning import zone_rules

VANCOUVER = "America/Vancouver"
OLD = "PST8PDT,M3.2.0,M11.1.0"


@pytest.fixture(autouse=True)
def _current(tmp_path: Path) -> Iterator[None]:
    with zone_data("202606", {VANCOUVER: "MST7"}, tmp_path):
        yield


@pytest.fixture
def older(tmp_path: Path) -> Any:
    """Makes the fields of an event by the rules of 2025."""

    def make(*arguments: Any, **members: Any) -> EventFields:
        with zone_data("202502", {VANCOUVER: OLD}, tmp_path):
            return fields(*arguments, **members)

    return make


@pytest.mark.parametrize(
    ("rules", "answers"),
    [
        (None, (False, False, False)),
        (f"202606 {VANCOUVER} MST7", (False, False, False)),
        (f"202502 {VANCOUVER} {OLD}", (True, False, False)),
        (f"202502 {VANCOUVER} MST7", (False, False, False)),
        (f"202606 {VANCOUVER} {OLD}", (False, True, False)),
        (f"202701 {VANCOUVER} MST7", (False, False, False)),
        (f"202701 {VANCOUVER} x", (False, False, True)),
    ],
)
def test_which_process_an_event_is_for(rules: str | None, answers: tuple[bool, ...]) -> None:
    questions = (zone_rules.are_outdated, zone_rules.are_not_followed, zone_rules.are_newer)
    assert tuple(question(rules) for question in questions) == answers


def test_a_single_event_keeps_wall_time_and_duration(older: Any) -> None:
    before = older("2027-01-15T09:00:00", duration="PT90M")
    after = zone_rules.follow(before, now=NOW)
    assert (after.starts_at, after.ends_at) == (utc("2027-01-15T16:00"), utc("2027-01-15T17:30"))
    assert after.local_start == before.local_start


def test_a_single_event_that_has_started_stays(older: Any) -> None:
    before = older("2027-01-15T09:00:00")
    assert zone_rules.follow(before, now=before.starts_at) == before


def test_an_event_that_is_not_affected_is_the_same(older: Any) -> None:
    before = older("2027-07-15T09:00:00")
    assert zone_rules.follow(before, now=NOW) == before


def test_a_series_is_as_if_written_by_the_new_rules(older: Any) -> None:
    members: dict[str, Any] = {
        "recurrence": {"rule": "FREQ=WEEKLY;COUNT=20", "excluded": ["2027-01-22T09:00:00"]},
        "overrides": {
            "2027-01-29T09:00:00": {"starts_at": "2027-02-01T09:00:00", "duration": "PT2H"},
            "2027-02-05T09:00:00": {"duration": "PT3H", "title": "y"},
        },
    }
    assert zone_rules.follow(older(**members), now=NOW) == fields(**members)


def test_until_as_an_instant_is_another_day(older: Any) -> None:
    until = {"rule": "FREQ=WEEKLY;UNTIL=20270129T163000Z"}
    before = older(recurrence=until)
    assert before.last_day == date(2027, 1, 28)
    assert zone_rules.follow(before, now=NOW) == fields(recurrence=until)


def test_the_only_occurrence_stays_though_it_is_after_until(tmp_path: Path) -> None:
    only = {"rule": "FREQ=WEEKLY;UNTIL=20270115T160000Z"}
    before = fields(recurrence=only)
    with zone_data("202701", {VANCOUVER: OLD}, tmp_path):
        after = zone_rules.follow(before, now=NOW)
    assert after.starts_at == utc("2027-01-15T17:00")
    assert after.last_day == before.last_day


@pytest.mark.parametrize("recurrence", [None, {"rule": "FREQ=DAILY;COUNT=3"}])
def test_an_event_that_lasts_all_day(older: Any, recurrence: Any) -> None:
    members = {"starts_on": "2027-01-15", "ends_on": "2027-01-17", "recurrence": recurrence}
    assert zone_rules.follow(older(**members), now=NOW) == fields(**members)
