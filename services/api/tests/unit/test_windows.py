"""The window of a list is that of the local dates, in every zone.

The reckoning here walks through instants and looks at the clock; it works out no offset.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendar_api.errors import OutOfRange
from calendar_api.listing import windows
from calendar_api.listing.windows import Dates, Window
from calendar_api.zones import NAMES, ZoneInfo

ZONES = sorted(NAMES)
HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)

zones = st.sampled_from(ZONES).map(ZoneInfo)
dates = st.dates(date(1850, 1, 1), date(2100, 1, 1))


def first_instant_of(day: date, zone: ZoneInfo) -> datetime:
    """By hours, then minutes, then seconds: the first one with a local date of `day` or later.

    Three hours are looked through by minutes, because a clock that is set back just after
    midnight shows the new date for some minutes before it shows it for good (Newfoundland, by
    two hours in 1988).
    """

    def first(start: datetime, step: timedelta) -> datetime:
        while start.astimezone(zone).date() < day:
            start += step
        return start

    midnight_in_utc = datetime(day.year, day.month, day.day, tzinfo=UTC)
    by_hours = first(midnight_in_utc - 27 * HOUR, HOUR)
    by_minutes = first(by_hours - 3 * HOUR, MINUTE)
    return first(by_minutes - MINUTE, SECOND)


def clock_changes(zone: ZoneInfo) -> Iterator[datetime]:
    """The instants from 1880 to 2040 at which the offset changes; one at most per month."""
    low = datetime(1880, 1, 1, tzinfo=UTC)
    while low.year < 2040:
        high = low + timedelta(days=28)
        if low.astimezone(zone).utcoffset() != high.astimezone(zone).utcoffset():
            before, after = low, high
            while after - before > SECOND:
                middle = before + (after - before) // 2
                is_before = middle.astimezone(zone).utcoffset() == low.astimezone(zone).utcoffset()
                before, after = (middle, after) if is_before else (before, middle)
            yield after.replace(microsecond=0)
        low = high


def near_midnight(instant: datetime, zone: ZoneInfo) -> bool:
    walls = [(instant - SECOND).astimezone(zone), instant.astimezone(zone)]
    jump = (walls[1].utcoffset() or timedelta()) - (walls[0].utcoffset() or timedelta())
    return abs(jump) > 2 * HOUR or any(wall.hour in {0, 1, 22, 23} for wall in walls)


@cache
def hard_dates(zone: ZoneInfo) -> list[date]:
    """Dates around the clock changes near midnight, and around the latest other one."""
    changes = list(clock_changes(zone))
    hard = [change for change in changes if near_midnight(change, zone)] + changes[-1:]
    around = {(c + n * 24 * HOUR).astimezone(zone).date() for c in hard for n in (0, 1)}
    return sorted(around | {date(2026, 11, 23)})


@pytest.mark.parametrize("name", ZONES)
def test_a_day_starts_when_clocks_first_show_its_date(name: str) -> None:
    zone = ZoneInfo(name)
    for day in hard_dates(zone):
        assert windows.day(day, zone).start == first_instant_of(day, zone), day


@given(dates, zones)
def test_a_day_in_any_zone_starts_when_clocks_first_show_its_date(
    day: date, zone: ZoneInfo
) -> None:
    assert windows.day(day, zone).start == first_instant_of(day, zone)


@given(dates, zones)
def test_days_follow_each_other_without_gap_or_overlap(day: date, zone: ZoneInfo) -> None:
    today, tomorrow = windows.day(day, zone), windows.day(day + timedelta(days=1), zone)
    assert today.start <= today.end == tomorrow.start


@given(dates, zones)
def test_a_week_is_seven_days(first: date, zone: ZoneInfo) -> None:
    days = [windows.day(first + timedelta(days=n), zone) for n in range(7)]
    week = windows.week(first, zone)
    assert (week.start, week.end) == (days[0].start, days[-1].end)
    assert week.dates == Dates(first, first + timedelta(days=7), zone)


@given(dates, zones)
def test_a_month_ends_on_the_same_day_of_the_next_or_on_its_last(
    first: date, zone: ZoneInfo
) -> None:
    end = first + timedelta(days=1)
    while end.day != first.day and (end + timedelta(days=1)).month != (first.month % 12) + 2:
        end += timedelta(days=1)
    window = windows.month(first, zone)
    assert (window.start, window.end) == (
        windows.day(first, zone).start,
        windows.day(end, zone).start,
    )
    assert window.dates == Dates(first, end, zone)


@pytest.mark.parametrize(
    ("first", "end"),
    [
        ("2026-01-31", "2026-02-28"),
        ("2028-01-31", "2028-02-29"),
        ("2026-01-28", "2026-02-28"),
        ("2026-02-28", "2026-03-28"),
        ("2026-03-31", "2026-04-30"),
        ("2026-11-01", "2026-12-01"),
        ("2026-12-31", "2027-01-31"),
        ("9999-11-30", "9999-12-30"),
    ],
)
def test_a_month_is_clipped(first: str, end: str) -> None:
    window = windows.month(date.fromisoformat(first), ZoneInfo("UTC"))
    assert [window.start.date(), window.end.date()] == [
        date.fromisoformat(first),
        date.fromisoformat(end),
    ]


def hours(day: str, zone: str) -> float:
    window = windows.day(date.fromisoformat(day), ZoneInfo(zone))
    return (window.end - window.start) / HOUR


@pytest.mark.parametrize(
    ("day", "zone", "length"),
    [
        ("2026-11-23", "Europe/Moscow", 24),
        ("2026-03-29", "Europe/Berlin", 23),
        ("2026-10-25", "Europe/Berlin", 25),
        ("2026-03-08", "America/New_York", 23),
        ("2026-11-01", "America/New_York", 25),
        ("2026-10-04", "Australia/Lord_Howe", 23.5),
        ("2026-04-05", "Australia/Lord_Howe", 24.5),
        ("2025-04-25", "Africa/Cairo", 23),  # clocks jump from 00:00 to 01:00
        ("2018-11-04", "America/Sao_Paulo", 23),
        ("2011-12-30", "Pacific/Apia", 0),  # skipped
        ("2011-12-31", "Pacific/Apia", 24),
        ("1919-03-30", "America/Toronto", 23.5),  # 23:30 was followed by 00:30
        ("1919-03-31", "America/Toronto", 23.5),
    ],
)
def test_the_length_of_a_day_includes_clock_changes(day: str, zone: str, length: float) -> None:
    assert hours(day, zone) == length


def test_a_day_without_midnight_starts_at_the_clock_change() -> None:
    window = windows.day(date(2025, 4, 25), ZoneInfo("Africa/Cairo"))
    assert window.start == datetime(2025, 4, 24, 22, tzinfo=UTC)
    assert window.start.astimezone(ZoneInfo("Africa/Cairo")).hour == 1


def test_a_day_with_two_midnights_starts_at_the_first() -> None:
    # At one minute past midnight the clocks of Newfoundland went back to 23:01.
    window = windows.day(date(2006, 10, 29), ZoneInfo("America/St_Johns"))
    assert window.start == datetime(2006, 10, 29, 2, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "first", "zone", "start", "end"),
    [
        ("day", "9999-12-31", "Asia/Tokyo", "9999-12-30T15:00:00", "9999-12-31T15:00:00"),
        ("week", "9999-12-25", "Asia/Tokyo", "9999-12-24T15:00:00", "9999-12-31T15:00:00"),
        ("month", "9999-12-01", "Asia/Tokyo", "9999-11-30T15:00:00", "9999-12-31T15:00:00"),
        ("day", "9999-12-31", "Pacific/Kiritimati", "9999-12-30T10:00:00", "9999-12-31T10:00:00"),
        ("day", "9999-12-30", "UTC", "9999-12-30T00:00:00", "9999-12-31T00:00:00"),
        ("month", "9999-11-30", "UTC", "9999-11-30T00:00:00", "9999-12-30T00:00:00"),
        ("day", "0001-01-01", "UTC", "0001-01-01T00:00:00", "0001-01-02T00:00:00"),
        ("day", "0001-01-01", "Etc/GMT+12", "0001-01-01T12:00:00", "0001-01-02T12:00:00"),
    ],
)
def test_a_window_reaches_to_the_ends_of_the_calendar(
    kind: str, first: str, zone: str, start: str, end: str
) -> None:
    window = getattr(windows, kind)(date.fromisoformat(first), ZoneInfo(zone))
    assert window.start == datetime.fromisoformat(f"{start}Z")
    assert window.end == datetime.fromisoformat(f"{end}Z")


@pytest.mark.parametrize(
    ("kind", "first", "zone"),
    [
        # Midnight after the last date can be named in the East only.
        ("day", "9999-12-31", "UTC"),
        ("week", "9999-12-25", "UTC"),
        ("month", "9999-12-01", "UTC"),
        ("day", "9999-12-31", "America/New_York"),
        ("day", "9999-12-31", "Etc/GMT+12"),
        # Dates after the last one.
        ("week", "9999-12-26", "Asia/Tokyo"),
        ("week", "9999-12-31", "Pacific/Kiritimati"),
        ("month", "9999-12-31", "Asia/Tokyo"),
        # The first date begins before the calendar in the East.
        ("day", "0001-01-01", "Asia/Tokyo"),
        ("week", "0001-01-01", "Europe/Moscow"),
        ("month", "0001-01-01", "Asia/Tokyo"),
    ],
)
def test_a_window_past_the_ends_of_the_calendar_is_refused(
    kind: str, first: str, zone: str
) -> None:
    with pytest.raises(OutOfRange, match="year"):
        getattr(windows, kind)(date.fromisoformat(first), ZoneInfo(zone))


@given(
    st.dates(max_value=date(1, 2, 1)) | st.dates(min_value=date(9999, 11, 1)),
    zones,
    st.sampled_from([windows.day, windows.week, windows.month]),
)
def test_every_date_has_a_window_or_an_error(
    first: date, zone: ZoneInfo, kind: Callable[[date, ZoneInfo], Window]
) -> None:
    try:
        window = kind(first, zone)
    except OutOfRange:
        return
    assert window.start < window.end
