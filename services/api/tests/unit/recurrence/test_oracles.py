"""The engine against python-dateutil and recurring-ical-events, with random rules and windows.

Where an oracle is known to be wrong or reads the RFC differently, the rule is left out or
rewritten for it; the comments below say so. `test_occurrences.py` has those cases as facts.
"""

from datetime import date, datetime, time, timedelta
from unittest.mock import patch

import icalendar
import recurring_ical_events  # type: ignore[import-untyped]
from dateutil.rrule import rrulestr
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.unit.recurrence.rules import ZONES, rules

from calendar_api.recurrence.expansion import days_between
from calendar_api.recurrence.rule import WEEKDAYS, ByDay, Frequency, Rule
from calendar_api.recurrence.series import Series
from calendar_api.recurrence.wall_time import to_instant
from calendar_api.zones import ZoneInfo

HORIZON = timedelta(days=20 * 366)
DATES = st.dates(date(1900, 1, 1), date(2200, 1, 1))


def by_dateutil(rule: Rule, start: date) -> list[date]:
    """The days of a rule up to the horizon, by python-dateutil."""
    weekdays, months = rule.weekdays, rule.months
    # dateutil takes all seven days for BYWEEKNO without days; we take that of the start.
    if rule.week_numbers and not (weekdays or rule.month_days or rule.year_days):
        weekdays = (ByDay(0, start.weekday()),)
    # dateutil takes all months for a yearly BYMONTHDAY; we, libical and ical.net the start's.
    limited = months or rule.year_days or rule.week_numbers
    if rule.frequency is Frequency.YEARLY and rule.month_days and not limited:
        assume(not any(day.ordinal for day in weekdays))
        months = (start.month,)
    # dateutil counts BYSETPOS of the first week from the start on.
    begin = start
    if rule.frequency is Frequency.WEEKLY and rule.positions:
        weekdays = weekdays or (ByDay(0, start.weekday()),)
        begin -= timedelta(days=(start.weekday() - rule.week_start) % 7)
    text = str(
        Rule(
            frequency=rule.frequency,
            interval=rule.interval,
            until=start + HORIZON,
            months=months,
            week_numbers=rule.week_numbers,
            year_days=rule.year_days,
            month_days=rule.month_days,
            weekdays=weekdays,
            positions=rule.positions,
            week_start=rule.week_start,
        )
    )
    # dateutil looks for a day that never comes up to the year 9999, for minutes.
    with patch("dateutil.rrule.datetime.MAXYEAR", start.year + 22):
        found = list(rrulestr(text, dtstart=datetime.combine(begin, time())))
    return [moment.date() for moment in found if moment.date() >= start]


@given(rules(), DATES)
def test_days_are_those_of_dateutil(rule: Rule, start: date) -> None:
    # dateutil finds nothing where weekdays with and without numbers are mixed.
    assume(len({bool(day.ordinal) for day in rule.weekdays}) < 2)
    # dateutil has weeks of calendar years rather than years of weeks: other sets and intervals.
    assume(not rule.week_numbers or (rule.interval == 1 and not rule.positions))

    end = start + HORIZON
    days = days_between(rule, start, start.toordinal(), end.toordinal())
    assert [date.fromordinal(day) for day in days] == by_dateutil(rule, start)


@st.composite
def natural_series(draw: st.DrawFn) -> Series:
    """A series in some zone that starts on a day of its rule, with other dates and exclusions."""
    frequency = draw(st.sampled_from(Frequency))
    rule = Rule(
        frequency=frequency, interval=draw(st.integers(1, 5)), count=draw(st.integers(1, 30))
    )
    day = draw(st.dates(date(1971, 1, 1), date(2035, 1, 1)))
    start = datetime.combine(day, time(draw(st.integers(0, 23)), draw(st.integers(0, 59))))
    zone = ZoneInfo(draw(ZONES))
    days = st.integers(0, 40).map(lambda number: start + timedelta(days=number))
    # Not by whole hours: recurring-ical-events drops what in UTC looks like an excluded wall time.
    dates = [moment + timedelta(minutes=67) for moment in draw(st.lists(days, max_size=4))]
    return Series.create(
        start=start,
        zone=zone,
        duration=timedelta(minutes=draw(st.integers(1, 30))),
        rule=rule,
        dates=dates,
        excluded=[moment for moment in draw(st.lists(days, max_size=4)) if moment != start],
    )


def as_icalendar(series: Series) -> icalendar.Component:
    def text(local: date) -> str:
        return local.strftime("%Y%m%dT%H%M%S")

    tzid = f";TZID={series.zone.key}"
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:tests",
        "BEGIN:VEVENT",
        "UID:1",
        f"DTSTART{tzid}:{text(series.start)}",
        f"DURATION:PT{series.duration.seconds // 60}M",
        f"RRULE:{series.rule}",
        *(f"RDATE{tzid}:{text(local)}" for local in sorted(series.dates)),
        *(f"EXDATE{tzid}:{text(local)}" for local in sorted(series.excluded)),
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    return icalendar.Calendar.from_ical("\r\n".join(lines))


@given(natural_series(), st.integers(-3, 60), st.integers(1, 40))
def test_windows_are_those_of_recurring_ical_events(
    series: Series, first: int, length: int
) -> None:
    begin = to_instant(series.start, series.zone)
    assert begin is not None
    start = begin + timedelta(days=first)
    end = start + timedelta(days=length)
    # It adds durations to wall times rather than instants, so ends differ; and it drops what is in
    # a gap, or has a twin in it. Both only near changes of the clocks.
    offsets = {
        (start + timedelta(days=day)).astimezone(series.zone).utcoffset()
        for day in range(-2, length + 2)
    }
    assume(len(offsets) == 1)

    found = recurring_ical_events.of(as_icalendar(series)).between(start, end)

    expected = sorted({event.start.astimezone(start.tzinfo) for event in found})
    assert [occurrence.start for occurrence in series.between(start, end)] == expected


def test_weekdays_have_the_names_that_dateutil_reads() -> None:
    start = datetime(2026, 1, 5)  # noqa: DTZ001 (a wall time, a Monday)
    for number, name in enumerate(WEEKDAYS):
        first = rrulestr(f"FREQ=WEEKLY;BYDAY={name}", dtstart=start)[0]
        assert first.weekday() == number
