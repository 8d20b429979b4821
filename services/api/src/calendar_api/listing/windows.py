"""The span of time that a list covers, worked out from civil dates in a time zone."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final

from calendar_api.errors import OutOfRange
from calendar_api.zones import ZoneInfo

MAX_RANGE: Final = timedelta(days=366)
"""The longest window that a client may ask for by its ends."""


@dataclass(frozen=True, slots=True)
class Window:
    """The half-open span `[start, end)`, in UTC."""

    start: datetime
    end: datetime


def day(first: date, zone: ZoneInfo) -> Window:
    """The hours of one date: 24, or 23 or 25 where the clock is changed."""
    return _between(first, first, days=1, zone=zone)


def week(first: date, zone: ZoneInfo) -> Window:
    """Seven dates from `first`, whatever weekday it is."""
    return _between(first, first, days=7, zone=zone)


def month(first: date, zone: ZoneInfo) -> Window:
    """From `first` to the same day of the next month, or its last day where it is shorter."""
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


# Everybody asks for the same few days.
@lru_cache(maxsize=10_000)
def _start_of(day: date, zone: ZoneInfo) -> datetime:
    """The first instant at which clocks in `zone` show this date or a later one.

    That is midnight, but for a zone whose clocks jump over it. Where midnight comes twice, the
    first one counts.
    """
    midnight = datetime.combine(day, time.min, zone)
    before, after = midnight.astimezone(UTC), midnight.replace(fold=1).astimezone(UTC)
    if before <= after:
        return before
    # Midnight was jumped over: the jump lies between the two readings. Look for it by halves.
    low, high = after, before
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        low, high = (middle, high) if middle.astimezone(zone).date() < day else (low, middle)
    return high.replace(microsecond=0)
