"""The window of time that a list covers, computed from dates in a time zone."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final

from calendar_api.errors import OutOfRange
from calendar_api.recurrence.wall_time import nearest_instant, shift
from calendar_api.zones import ZoneInfo

MAX_RANGE: Final = timedelta(days=366)
"""The longest window that a client may request by its two ends."""


@dataclass(frozen=True, slots=True)
class Dates:
    """The dates of a window, `[first, end)`: those of events that last all day."""

    first: date
    end: date
    zone: ZoneInfo

    def midnight(self, day: date) -> datetime:
        """When a date starts in the zone: its place in a list of these dates."""
        try:
            return _start_of(day, self.zone)
        except OverflowError:
            return nearest_instant(day, self.zone)


@dataclass(frozen=True, slots=True)
class Window:
    """The half-open interval `[start, end)`, in UTC, within the years 1 to 9999."""

    start: datetime
    end: datetime
    dates: Dates | None = None
    """Where the window was given by dates."""


def day(first: date, zone: ZoneInfo) -> Window:
    """The hours of one date: 24, or 23 or 25 on a day with a clock change."""
    return _dates(first, 1, zone)


def week(first: date, zone: ZoneInfo) -> Window:
    """Seven dates from `first`, whatever weekday it is."""
    return _dates(first, 7, zone)


def month(first: date, zone: ZoneInfo) -> Window:
    """From `first` to the same day of the next month, or to its last day if it is shorter."""
    _, length = monthrange(first.year, first.month)
    # After December, January of any year will do.
    _, next_length = monthrange(first.year, first.month % 12 + 1)
    return _dates(first, length - max(0, first.day - next_length), zone)


def _dates(first: date, count: int, zone: ZoneInfo) -> Window:
    """The window of so many dates.

    Raises:
        OutOfRange: it does not lie within the years 1 to 9999 in UTC.
    """
    try:
        start, end = _start_of(first, zone), _end_of(first, count, zone)
    except OverflowError:
        raise OutOfRange("the window must lie between the years 1 and 9999 in UTC") from None
    # No event lasts beyond the last date, where `shift` stops.
    return Window(start, end, Dates(first, shift(first, count), zone))


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


def _end_of(first: date, count: int, zone: ZoneInfo) -> datetime:
    if first.toordinal() + count == date.max.toordinal() + 1:
        # No date follows the last one. East of Greenwich it ends before UTC's does.
        return datetime.combine(date.max, time.max, zone).astimezone(UTC) + timedelta.resolution
    return _start_of(first + timedelta(days=count), zone)
