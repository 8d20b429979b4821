"""What a series is asked: windows, pages, single occurrences, its end; and what is refused."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.recurrence.rules import ZONES, rules
from tests.unit.recurrence.series import HOUR, all_of, ids, local, locals_, series, starts, utc

from calendar_api.recurrence.errors import (
    RuleError,
)
from calendar_api.recurrence.rule import Rule
from calendar_api.recurrence.series import Series
from calendar_api.recurrence.wall_time import FIRST_INSTANT, LAST_INSTANT, to_instant
from calendar_api.zones import ZoneInfo

BERLIN = "Europe/Berlin"


@st.composite
def any_series(draw: st.DrawFn) -> Series:
    """Any series in any zone, around its changes too; its start is an additional date."""
    day = draw(st.dates(date(1890, 1, 1), date(2100, 1, 1)))
    all_day = draw(st.booleans())
    time_of_day = draw(st.times()).replace(tzinfo=None)
    start = day if all_day else datetime.combine(day, time_of_day)
    near = st.integers(0, 1_000).map(lambda days: start + timedelta(days=days))
    a_day = st.just(timedelta(days=1))
    length = a_day if all_day else st.timedeltas(timedelta(), timedelta(days=366))
    rule: Rule = draw(rules())
    parts: dict[str, Any] = {
        "start": start,
        "zone": ZoneInfo(draw(ZONES)),
        "duration": draw(length),
        "dates": [start, *draw(st.lists(near, max_size=5))],
        "excluded": [day for day in draw(st.lists(near, max_size=5)) if day != start],
    }
    try:
        return Series.create(rule=rule, **parts)
    except RuleError:
        return Series.create(**parts)


@given(any_series(), st.integers(-400, 3_000), st.integers(1, 400))
def test_a_window_has_what_overlaps_it(a_series: Series, first: int, length: int) -> None:
    begin = to_instant(a_series.start, a_series.zone)
    assert begin is not None
    start = begin + timedelta(days=first)
    end = start + timedelta(days=length)
    all_until_end = []
    for occurrence in a_series.after(FIRST_INSTANT):
        if occurrence.start >= end:
            break
        all_until_end.append(occurrence)

    assert list(a_series.between(start, end)) == [
        one for one in all_until_end if one.end > start or one.start >= start
    ]


@given(any_series(), st.integers(-10, 3_000))
def test_what_comes_after_an_instant_is_ordered_and_later(a_series: Series, first: int) -> None:
    begin = to_instant(a_series.start, a_series.zone)
    assert begin is not None
    instant = begin + timedelta(days=first)
    found = starts(islice(a_series.after(instant), 10))

    assert all(earlier < later for earlier, later in zip([instant, *found], found, strict=False))


@given(any_series())
def test_every_occurrence_is_found_by_its_id_and_its_instant(a_series: Series) -> None:
    for occurrence in islice(a_series.after(FIRST_INSTANT), 10):
        assert a_series.occurrence(occurrence.recurrence_id) == occurrence
        assert a_series.occurrence_at(occurrence.start) == occurrence
        assert occurrence.recurrence_id in a_series
    assert not any(excluded in a_series for excluded in a_series.excluded)


@given(any_series(), st.integers(1, 300))
def test_the_last_occurrence_is_the_last_one(a_series: Series, count: int) -> None:
    if a_series.rule is None:
        return
    rule = Rule(
        **{name: getattr(a_series.rule, name) for name in Rule.__slots__} | {"count": count}
    )
    counted = Series.create(
        start=a_series.start,
        zone=a_series.zone,
        duration=a_series.duration,
        rule=rule,
        dates=a_series.dates,
        excluded=a_series.excluded,
    )

    *_, last = all_of(counted)
    assert counted.last() == last


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        # Of 09:00 to 10:00 on the 5th, 6th and 7th.
        ("2026-01-05T10:00", "2026-01-06T09:00", ""),
        ("2026-01-05T09:59", "2026-01-06T09:01", "2026-01-05T09:00 2026-01-06T09:00"),
        ("2026-01-05T09:00", "2026-01-05T09:01", "2026-01-05T09:00"),
        ("2026-01-04T00:00", "2026-01-05T09:00", ""),
        ("2026-01-07T10:00", "2026-02-01T00:00", ""),
    ],
)
def test_windows_are_half_open(start: str, end: str, expected: str) -> None:
    a_series = series("2026-01-05T09:00", "FREQ=DAILY;COUNT=3")

    assert ids(a_series.between(utc(start), utc(end))) == locals_(expected)


def test_a_window_that_ends_while_the_date_is_repeated() -> None:
    """At 00:01 on the 7th, the clocks went back to 23:01 on the 6th."""
    a_series = series("2010-11-05T00:00:30", "FREQ=DAILY", "America/St_Johns")

    window = a_series.between(utc("2010-11-07T02:30"), utc("2010-11-07T02:45"))

    assert ids(window) == locals_("2010-11-07T00:00:30")


def test_a_window_on_the_second_of_two_dates_has_the_id_of_the_first() -> None:
    a_series = series("2011-12-01T09:00", "FREQ=DAILY", "Pacific/Apia")

    window = a_series.between(utc("2011-12-30T19:00"), utc("2011-12-30T20:00"))

    assert ids(window) == locals_("2011-12-30T09:00")
    assert local("2011-12-31T09:00") not in a_series


def test_a_week_that_started_in_the_year_before() -> None:
    a_series = series("2024-01-07T09:00", "FREQ=WEEKLY;BYMONTH=1;BYDAY=SU")

    window = a_series.between(utc("2026-01-04T00:00"), utc("2026-01-05T00:00"))

    assert ids(window) == locals_("2026-01-04T09:00")


def test_an_occurrence_without_length_is_listed_where_it_starts() -> None:
    a_series = series("2026-01-05T09:00", "FREQ=DAILY", duration=timedelta(microseconds=0))
    at_nine = utc("2026-01-05T09:00")
    a_series = Series.create(
        start=a_series.start, zone=a_series.zone, duration=timedelta(), rule=a_series.rule
    )

    assert starts(a_series.between(at_nine, at_nine + HOUR)) == [at_nine]
    assert starts(a_series.between(at_nine - HOUR, at_nine)) == []


def test_occurrences_of_a_year_overlap_each_other() -> None:
    a_series = series("2026-01-01T00:00", "FREQ=MONTHLY", duration=timedelta(days=366))

    window = a_series.between(utc("2027-06-15T00:00"), utc("2027-06-16T00:00"))

    assert ids(window) == [local(f"2026-{month:02}-01T00:00") for month in range(7, 13)] + [
        local(f"2027-{month:02}-01T00:00") for month in range(1, 7)
    ]


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_all_day_occurrences_are_listed_by_date_in_any_zone(zone: str) -> None:
    a_series = series("2026-01-05", "FREQ=WEEKLY", zone, duration=timedelta(days=2))

    def on(first: str, end: str) -> list[date]:
        return ids(a_series.between_dates(date.fromisoformat(first), date.fromisoformat(end)))

    assert on("2026-01-04", "2026-01-05") == []
    assert on("2026-01-05", "2026-01-06") == [date(2026, 1, 5)]
    assert on("2026-01-06", "2026-01-07") == [date(2026, 1, 5)]
    assert on("2026-01-07", "2026-01-12") == []
    assert on("2026-01-06", "2026-01-20") == [date(2026, 1, day) for day in (5, 12, 19)]


def test_an_instant_names_the_occurrence_that_starts_then() -> None:
    a_series = series("2026-03-28T02:30", "FREQ=DAILY", BERLIN)

    in_the_gap = a_series.occurrence_at(utc("2026-03-29T01:30"))
    second_of_two = a_series.occurrence_at(utc("2026-10-25T01:30"))

    assert in_the_gap is not None
    assert in_the_gap.recurrence_id == local("2026-03-29T02:30")
    assert second_of_two is None


@pytest.mark.parametrize(
    "recurrence_id",
    ["2026-01-06T10:00", "2026-01-04T09:00", "2026-01-10T09:00", "2026-01-07T09:00", "2026-01-06"],
)
def test_what_is_no_occurrence_is_not_found(recurrence_id: str) -> None:
    a_series = series("2026-01-05T09:00", "FREQ=DAILY;COUNT=5", excluded="2026-01-07T09:00")

    assert local(recurrence_id) not in a_series


def test_an_excluded_instant_does_not_come_back_under_its_other_id() -> None:
    a_series = series(
        "2011-12-29T09:00", "FREQ=DAILY;COUNT=4", "Pacific/Apia", excluded="2011-12-30T09:00"
    )

    assert ids(all_of(a_series)) == locals_("2011-12-29T09:00 2012-01-01T09:00")


def test_only_a_rule_without_count_and_until_is_endless() -> None:
    start = "2026-01-05T09:00"

    assert series(start, "FREQ=DAILY").endless
    assert series(start, "FREQ=DAILY").last() is None
    assert not series(start, "FREQ=DAILY;COUNT=2").endless
    assert not series(start, "FREQ=DAILY;UNTIL=20260201").endless
    assert not series(start, dates=start).endless


def test_the_last_occurrence_is_found_before_a_thousand_exclusions() -> None:
    start = date(2026, 1, 1)
    excluded = " ".join(str(start + timedelta(days=number)) for number in range(1, 1_001))
    a_series = series("2026-01-01", "FREQ=DAILY;COUNT=1001", excluded=excluded)

    last = a_series.last()

    assert last is not None
    assert last.recurrence_id == start


def test_a_stored_series_needs_no_counting() -> None:
    a_series = series("2026-01-05T09:00", "FREQ=DAILY;COUNT=5")
    stored = Series(
        start=a_series.start,
        zone=a_series.zone,
        duration=a_series.duration,
        rule=a_series.rule,
        last_day=a_series.last_day,
    )

    assert stored.last_day == date(2026, 1, 9)
    assert list(all_of(stored)) == list(all_of(a_series))
    with pytest.raises(ValueError, match="needs its last day"):
        replace(stored, last_day=None)


def test_occurrences_end_with_the_year_9999_in_every_window() -> None:
    a_series = series("9999-12-29T09:00", "FREQ=DAILY", duration=timedelta(days=1))

    window = a_series.between(utc("9999-12-29T00:00"), LAST_INSTANT)

    assert ids(window) == locals_("9999-12-29T09:00 9999-12-30T09:00")


@pytest.mark.parametrize("start", ["0001-01-01T09:00", "9999-12-31T09:00"])
@pytest.mark.parametrize(
    "rule",
    ["FREQ=DAILY", "FREQ=DAILY;BYMONTH=1,12", "FREQ=WEEKLY", "FREQ=MONTHLY", "FREQ=YEARLY"],
)
def test_windows_beside_the_first_and_the_last_occurrence_are_empty(rule: str, start: str) -> None:
    """Such a window may have no date on which an occurrence at this time of day can be."""
    a_series = series(start, rule)
    begin = utc(start)

    assert starts(a_series.between(begin, begin + HOUR)) == [begin]
    assert starts(a_series.between(FIRST_INSTANT, FIRST_INSTANT + HOUR)) == []
    assert starts(a_series.between(LAST_INSTANT - HOUR, LAST_INSTANT)) == []
