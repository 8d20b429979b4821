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

_NEAR: Final = timedelta(hours=26)
"""Longer than any change of the clocks: a zone that crossed the date line skipped 24 hours."""
_NOTHING: Final = timedelta()
_MIDNIGHT: Final = time()


def to_instant(local: LocalTime, zone: ZoneInfo) -> datetime | None:
    """The instant of a wall time, or of a date's midnight; None outside the years 1 to 9999."""
    wall_time = local if isinstance(local, datetime) else datetime.combine(local, _MIDNIGHT)
    try:
        # `replace` takes longer.
        return datetime.combine(wall_time, wall_time.time(), UTC) - _offset(wall_time, zone)
    except OverflowError:
        return None


def _offset(wall_time: datetime, zone: ZoneInfo) -> timedelta:
    # fold=0, the default, is the first of two. In a gap, it takes the offset before the gap.
    offset = zone.utcoffset(wall_time)
    assert offset is not None
    return offset


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


def first_wall_time(since: datetime, zone: ZoneInfo) -> datetime:
    """A wall time before which none stands for that instant or a later one."""
    try:
        wall_time = since.astimezone(zone)
        # What the zone has skipped in the hours before stands for instants from then on.
        skipped = _offset(wall_time, zone) - _offset(wall_time - _NEAR, zone)
        return wall_time - skipped if skipped > _NOTHING else wall_time
    except OverflowError:
        return FIRST_INSTANT if since.year == FIRST_INSTANT.year else LAST_INSTANT - _NEAR


def last_wall_time(until: datetime, zone: ZoneInfo) -> datetime:
    """A wall time after which none stands for that instant or an earlier one."""
    try:
        wall_time = until.astimezone(zone)
        # What the zone repeats after these hours stands for instants that are past already.
        repeated = _offset(wall_time - _NEAR, zone) - _offset(wall_time, zone)
        return wall_time + repeated if repeated > _NOTHING else wall_time
    except OverflowError:
        return LAST_INSTANT if until.year == LAST_INSTANT.year else FIRST_INSTANT + 2 * _NEAR


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
