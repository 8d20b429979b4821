"""What a new series may be: refusals, and exclusions that are dropped."""

from itertools import islice

import pytest
from tests.unit.recurrence.series import all_of, ids, local, locals_, series

from calendar_api.recurrence.errors import (
    NoOccurrenceError,
    RecurrenceError,
    RuleError,
    StartError,
)
from calendar_api.recurrence.wall_time import FIRST_INSTANT

BERLIN = "Europe/Berlin"


def test_exclusions_of_what_does_not_occur_are_dropped() -> None:
    a_series = series(
        "2026-01-05T09:00",
        "FREQ=DAILY;COUNT=3",
        dates="2026-02-01T07:00",
        excluded="2026-01-06T09:00 2026-01-06T10:00 2026-01-08T09:00 2026-01-07 2026-02-01T07:00",
    )

    assert a_series.excluded == {local("2026-01-06T09:00"), local("2026-02-01T07:00")}


@pytest.mark.parametrize(
    ("start", "rule", "dates"),
    [
        ("2026-01-06T09:00", "FREQ=WEEKLY;BYDAY=MO", ""),
        ("2026-01-06T09:00", "FREQ=DAILY;BYMONTHDAY=7", "2026-01-06T10:00"),
        ("2026-01-06T09:00", None, "2026-01-07T09:00"),
        ("2026-01-06", "FREQ=WEEKLY;BYDAY=MO", "2026-01-07"),
        # Its instant lies in the year 10000.
        ("9999-12-31T23:30", "FREQ=DAILY", ""),
    ],
)
def test_the_start_must_be_an_occurrence(start: str, rule: str | None, dates: str) -> None:
    with pytest.raises(StartError):
        series(start, rule, "America/New_York", dates=dates)


def test_a_start_that_is_an_additional_date_may_precede_the_rule() -> None:
    start = "2026-01-06T09:00"
    a_series = series(start, "FREQ=WEEKLY;BYDAY=MO;COUNT=2", dates=start)

    assert ids(all_of(a_series)) == locals_("2026-01-06T09:00 2026-01-12T09:00 2026-01-19T09:00")


def test_a_rule_may_occur_for_the_first_time_after_centuries() -> None:
    start = "2100-03-01"
    a_series = series(start, "FREQ=YEARLY;INTERVAL=100;BYMONTH=2;BYMONTHDAY=29", dates=start)

    assert ids(islice(a_series.after(FIRST_INSTANT), 2)) == locals_("2100-03-01 2400-02-29")


@pytest.mark.parametrize("until", ["20260105", "20260106T075959Z", "20260106T085959"])
def test_until_before_the_start_is_refused(until: str) -> None:
    with pytest.raises(RuleError) as refusal:
        series("2026-01-06T09:00", f"FREQ=DAILY;UNTIL={until}", BERLIN)

    assert refusal.value.part == "UNTIL"


@pytest.mark.parametrize("until", ["00010101", "00010101T000000", "00010101T000000Z"])
@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
def test_until_at_the_beginning_of_time_is_refused(until: str, zone: str) -> None:
    with pytest.raises(RuleError):
        series("2026-01-06T09:00", f"FREQ=DAILY;UNTIL={until}", zone)


@pytest.mark.parametrize("until", ["99991231", "99991231T235959", "99991231T235959Z"])
@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
def test_until_at_the_end_of_time_is_accepted(until: str, zone: str) -> None:
    last = series("9999-12-06T09:00", f"FREQ=DAILY;UNTIL={until}", zone).last()

    assert last is not None
    assert last.recurrence_id == local("9999-12-31T09:00")


def test_a_series_of_excluded_occurrences_is_refused() -> None:
    with pytest.raises(NoOccurrenceError):
        series(
            "2026-01-05T09:00", "FREQ=DAILY;COUNT=2", excluded="2026-01-05T09:00 2026-01-06T09:00"
        )


@pytest.mark.parametrize(
    ("start", "dates"),
    [("2026-01-05T09:00", "2026-01-06"), ("2026-01-05", "2026-01-06T09:00")],
)
def test_dates_must_be_of_the_kind_of_the_start(start: str, dates: str) -> None:
    with pytest.raises(RecurrenceError) as refusal:
        series(start, "FREQ=DAILY", dates=dates)

    assert refusal.value.part == "dates"


@pytest.mark.parametrize("start", ["0001-01-01T12:00", "0001-01-02T00:00", "0001-01-02"])
@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Kiritimati", "Asia/Tokyo"])
def test_a_series_may_start_on_the_first_days_of_the_calendar(start: str, zone: str) -> None:
    a_series = series(start, "FREQ=DAILY;COUNT=3", zone)

    assert [a_series.occurrence(id_) for id_ in ids(all_of(a_series))] == list(all_of(a_series))
    assert a_series.first() == a_series.occurrence(a_series.start)
