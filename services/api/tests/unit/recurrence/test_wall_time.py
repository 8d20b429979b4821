"""Wall times of every zone around its changes, against offsets looked up from instants only."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from importlib import resources

import pytest
from tests.unit.recurrence.series import DAY, local, utc

from calendar_api import zones
from calendar_api.recurrence.parsing import parse
from calendar_api.recurrence.series import Series
from calendar_api.recurrence.wall_time import (
    FIRST_INSTANT,
    LAST_INSTANT,
    first_wall_time,
    last_wall_time,
    local_date,
    nearest_instant,
    plus,
    shift,
    to_instant,
)
from calendar_api.zones import ZoneInfo

STEP = timedelta(days=30)
SECOND = timedelta(seconds=1)


def distinct_zones() -> Iterator[ZoneInfo]:
    """One zone of each set of rules; many names are links."""
    folder = resources.files("tzdata") / "zoneinfo"
    by_rules = {
        folder.joinpath(*name.split("/")).read_bytes(): name for name in sorted(zones.NAMES)
    }
    return (ZoneInfo(name) for name in by_rules.values())


def offset_at(instant: datetime, zone: ZoneInfo) -> timedelta:
    offset = instant.astimezone(zone).utcoffset()
    assert offset is not None
    return offset


def changes(zone: ZoneInfo) -> Iterator[tuple[datetime, timedelta, timedelta]]:
    """The instants at which the offset changes, with the offsets before and after."""
    instant = datetime(1900, 1, 1, tzinfo=UTC)
    before = offset_at(instant, zone)
    while instant.year < 2038:
        later = instant + STEP
        after = offset_at(later, zone)
        if after != before:
            low, high = instant, later
            while high - low > SECOND:
                middle = low + (high - low) // 2
                middle = middle.replace(microsecond=0)
                if offset_at(middle, zone) == before:
                    low = middle
                else:
                    high = middle
            yield high, offset_at(high - SECOND, zone), offset_at(high, zone)
        instant, before = later, after


def expected_instant(
    wall_time: datetime, change: datetime, before: timedelta, after: timedelta
) -> datetime:
    """The first instant that shows the wall time; if none does, that of the offset before."""
    earlier, later = (
        (wall_time - before).replace(tzinfo=UTC),
        (wall_time - after).replace(tzinfo=UTC),
    )
    if earlier < change or later < change:
        return earlier
    return later


def test_every_change_of_every_zone() -> None:
    checked = 0
    for zone in distinct_zones():
        for change, before, after in changes(zone):
            shown_before = (change + before).replace(tzinfo=None)
            shown_after = (change + after).replace(tzinfo=None)
            middle = shown_before + (shown_after - shown_before) / 2
            for moment in (shown_before, shown_after, middle):
                for distance in (-SECOND, timedelta(), SECOND):
                    wall_time = moment + distance
                    assert to_instant(wall_time, zone) == expected_instant(
                        wall_time, change, before, after
                    ), (zone, wall_time)
            checked += 1

    assert checked > 10_000


def test_short_windows_miss_nothing_after_a_gap() -> None:
    """Wall times in a gap take place after it, maybe on the next date: in every zone."""
    checked = 0
    for zone in distinct_zones():
        for change, before, after in changes(zone):
            # Only here do occurrences move to another date.
            first, last = ((change + offset).date() for offset in (before, after))
            if first == last or after < before:
                continue
            gap_middle = (change + before + (after - before) / 2).time()
            for clock in (time(0), gap_middle, time(23, 59, 59)):
                daily = Series.create(
                    start=datetime.combine(first - 9 * DAY, clock),
                    zone=zone,
                    duration=timedelta(minutes=1),
                    rule=parse("FREQ=DAILY"),
                )
                for each in daily.between(change - 5 * DAY, change + 5 * DAY):
                    window = daily.between(each.start, each.start + SECOND)
                    assert list(window) == [each], (zone, each)
            checked += 1

    assert checked > 100


def test_no_wall_time_of_a_span_is_before_its_first_or_after_its_last() -> None:
    """Around every change of every zone, where wall times are not in the order of instants."""
    checked = 0
    for zone in distinct_zones():
        for change, before, after in changes(zone):
            moments = [change + n * abs(after - before) / 2 for n in (-2, -1, 0, 1, 2)]
            shown = {(each + offset).replace(tzinfo=None) for each in moments
                     for offset in (before, after)}  # fmt: skip
            instants = {each: to_instant(each, zone) for each in shown}
            for moment in moments:
                first = first_wall_time(moment, zone).replace(tzinfo=None)
                last = last_wall_time(moment, zone).replace(tzinfo=None)
                for wall_time, instant in instants.items():
                    assert instant is not None
                    assert instant < moment or wall_time >= first, (zone, moment, wall_time)
                    assert instant > moment or wall_time <= last, (zone, moment, wall_time)
            checked += 1

    assert checked > 10_000


def test_the_first_and_last_wall_times_of_the_years_1_to_9999() -> None:
    second_day = utc("0001-01-02T00:00")
    for name in ("Asia/Tokyo", "UTC", "America/New_York"):
        zone = ZoneInfo(name)
        assert first_wall_time(FIRST_INSTANT, zone).date() == date.min
        assert last_wall_time(LAST_INSTANT, zone).date() == date.max
        assert last_wall_time(second_day, zone).date() >= local_date(second_day, zone)
        assert first_wall_time(LAST_INSTANT, zone).date() <= local_date(LAST_INSTANT, zone)


def test_what_lies_outside_the_years_1_to_9999_is_no_instant() -> None:
    east, west = ZoneInfo("Asia/Tokyo"), ZoneInfo("America/New_York")

    assert to_instant(local("0001-01-01T00:00"), east) is None
    assert to_instant(local("9999-12-31T23:00"), west) is None
    assert nearest_instant(local("0001-01-01T00:00"), east) == FIRST_INSTANT
    assert nearest_instant(local("9999-12-31T23:00"), west) == LAST_INSTANT
    assert local_date(LAST_INSTANT, east) == date.max
    assert local_date(FIRST_INSTANT, west) == date.min


def test_sums_stay_within_the_years_1_to_9999() -> None:
    assert plus(LAST_INSTANT, SECOND) == LAST_INSTANT
    assert plus(FIRST_INSTANT, -SECOND) == FIRST_INSTANT
    assert plus(utc("2026-01-01T00:00"), SECOND) == datetime(2026, 1, 1, 0, 0, 1, tzinfo=UTC)
    assert shift(date.max, 1) == date.max
    assert shift(date.min, -1) == date.min
    assert shift(date(2026, 2, 28), 1) == date(2026, 3, 1)


@pytest.mark.parametrize("name", ["Europe/Berlin", "Africa/Cairo", "UTC"])
def test_a_date_starts_at_its_first_moment(name: str) -> None:
    zone = ZoneInfo(name)
    for number in range(365):
        day = date(2026, 1, 1) + timedelta(days=number)
        midnight = to_instant(day, zone)
        assert midnight is not None
        assert local_date(midnight, zone) == day
        assert local_date(midnight - SECOND, zone) == day - timedelta(days=1)
