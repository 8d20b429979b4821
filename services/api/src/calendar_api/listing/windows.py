"""The window of time that a list covers, computed from dates in a time zone."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final

from calendar_api.errors import OutOfRange
from calendar_api.zones import ZoneInfo

MAX_RANGE: Final = timedelta(days=366)
"""The longest window that a client may request by its two ends."""


@dataclass(frozen=True, slots=True)
class Window:
    """The half-open interval `[start, end)`, in UTC."""

    start: datetime
    end: datetime


def day(first: date, zone: ZoneInfo) -> Window:
    """The hours of one date: 24, or 23 or 25 on a day with a clock change."""
    return _between(first, first, days=1, zone=zone)


def week(first: date, zone: ZoneInfo) -> Window:
    """Seven dates from `first`, whatever weekday it is."""
    return _between(first, first, days=7, zone=zone)


def month(first: date, zone: ZoneInfo) -> Window:
    """From `first` to the same day of the next month, or to its last day if it is shorter."""
    year, following = (first.year, first.month + 1) if first.month < 12 else (first.year + 1, 1)
    if year > date.max.year:
        raise OutOfRange("the window must end before the year 10000")
    last = min(first.day, monthrange(year, following)[1])
    return _between(first, date(year, following, last), days=0, zone=zone)


def _between(first: date, last: date, *, days: int, zone: ZoneInfo) -> Window:
    try:
        return Window(_start_of(first, zone), _start_of(last + timedelta(days=days), zone))
    except (OverflowError, ValueError):
        raise OutOfRange("the window must lie between the years 1 and 9999 in UTC") from None


# Most requests are for the same few days.
@lru_cache(maxsize=10_000)
def _start_of(day: date, zone: ZoneInfo) -> datetime:
    """The first instant at which clocks in `zone` show this date or a later one.

    That is midnight, unless clocks are set forward over it. If midnight occurs twice, it is the
    first one.
    """
    midnight = datetime.combine(day, time.min, zone)
    before, after = midnight.astimezone(UTC), midnight.replace(fold=1).astimezone(UTC)
    if before <= after:
        return before
    # There is no midnight: the clock change is between the two readings. Find it by bisection.
    low, high = after, before
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        low, high = (middle, high) if middle.astimezone(zone).date() < day else (low, middle)
    return high.replace(microsecond=0)
