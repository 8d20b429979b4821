"""Wall times and dates of a zone, and the instants they stand for.

A wall time that a zone skips is shifted forward by the gap; of a repeated one the first counts.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final, TypeAlias

from calendar_api.zones import ZoneInfo

LocalTime: TypeAlias = date
"""The wall time of an occurrence (a naive `datetime`), or its date if it lasts all day."""

FIRST_INSTANT: Final = datetime.min.replace(tzinfo=UTC)
LAST_INSTANT: Final = datetime.max.replace(tzinfo=UTC)


def to_instant(local: LocalTime, zone: ZoneInfo) -> datetime | None:
    """The instant of a wall time, or of a date's midnight; None outside the years 1 to 9999."""
    day, clock = (local.date(), local.time()) if isinstance(local, datetime) else (local, time())
    try:
        # fold=0, the default, is the first of two. In a gap, it takes the offset before the gap.
        # `replace` takes longer.
        return datetime.combine(day, clock, zone).astimezone(UTC)
    except OverflowError:
        return None


def nearest_instant(local: LocalTime, zone: ZoneInfo) -> datetime:
    """The same; where that is None, the first or last instant of those years."""
    instant = to_instant(local, zone)
    if instant is None:
        instant = FIRST_INSTANT if local.year == FIRST_INSTANT.year else LAST_INSTANT
    return instant


def plus(instant: datetime, length: timedelta) -> datetime:
    """The instant later by a length, or the first or last one of the years 1 to 9999."""
    try:
        return instant + length
    except OverflowError:
        return LAST_INSTANT if length > timedelta() else FIRST_INSTANT


def local_date(instant: datetime, zone: ZoneInfo) -> date:
    """The date in the zone at that instant, or the nearest one of the years 1 to 9999."""
    try:
        return instant.astimezone(zone).date()
    except OverflowError:
        return instant.date()


def date_of(local: LocalTime) -> date:
    """The date of a wall time."""
    return local.date() if isinstance(local, datetime) else local


def shift(day: date, days: int) -> date:
    """The date so many days later, or the nearest one of the years 1 to 9999."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.max if days > 0 else date.min
