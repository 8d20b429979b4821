"""The times of an event, worked out from what a client says: instants, wall times, dates."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Protocol

from calendar_api import zones
from calendar_api.errors import MemberInvalid
from calendar_api.events.models import EventFields
from calendar_api.recurrence.wall_time import LocalTime, to_instant
from calendar_api.zones import ZoneInfo

NO_OFFSET: Final = "must have an offset, such as Z or +03:00, or the event a time_zone"

_DAY: Final = timedelta(days=1)
_NO_TIME: Final = timedelta()


class TimesInput(Protocol):
    """What a client says about the times of an event or an occurrence.

    A `datetime` without a zone is a wall time in the event's zone.
    """

    @property
    def starts_at(self) -> datetime | None: ...  # noqa: D102
    @property
    def ends_at(self) -> datetime | None: ...  # noqa: D102
    @property
    def duration(self) -> timedelta | None: ...  # noqa: D102
    @property
    def starts_on(self) -> date | None: ...  # noqa: D102
    @property
    def ends_on(self) -> date | None: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Times:
    """When an event, or the first occurrence of a series, starts and ends."""

    starts_at: datetime
    ends_at: datetime
    local_start: datetime | None = None
    starts_on: date | None = None
    ends_on: date | None = None


def work_out(event: TimesInput, zone: ZoneInfo | None, before: EventFields | None) -> Times:
    """The times of an event. `before` is what it replaces.

    Raises:
        MemberInvalid: members contradict each other, or leave the years 1 to 9999.
    """
    if event.starts_on is not None:
        return _all_day(event, event.starts_on, zone)
    if event.ends_on is not None:
        raise MemberInvalid(["ends_on"], "all_day", "needs starts_on")
    if event.starts_at is None:
        raise MemberInvalid(["starts_at"], "missing", "Field required")
    start = instant_of(event.starts_at, zone, "starts_at")
    end = end_of(event, start, zone)
    if end is None:
        raise MemberInvalid([], "one_end", "ends_at or duration is required")
    if zone is None:
        return Times(start, end)
    if event.starts_at.tzinfo is None:
        return Times(start, end, local_start=event.starts_at)
    local_start = wall_time(start, zone)
    # In a gap the instant has another wall time, so that it cannot say which one was meant.
    if before and (before.starts_at, before.time_zone) == (start, zone.key):
        local_start = before.local_start or local_start
    return Times(start, end, local_start)


def instant_of(value: datetime, zone: ZoneInfo | None, member: str) -> datetime:
    """The instant of a member, which may be a wall time."""
    if value.tzinfo is not None:
        return value
    if zone is None:
        raise MemberInvalid([member], "date_time_offset", NO_OFFSET)
    return _within_years(to_instant(value, zone), member)


def end_of(event: TimesInput, start: datetime, zone: ZoneInfo | None) -> datetime | None:
    """The end, of a start; `None` if the client says nothing about it."""
    end = event.ends_at
    if end is not None:
        instant = instant_of(end, zone, "ends_at")
        if end.tzinfo is None and zone and instant < start:
            # The start may be in the second of two equal hours, and the end then is, too.
            instant = to_instant(end.replace(fold=1), zone) or instant
        if instant < start:
            raise MemberInvalid(["ends_at"], "end_before_start", "must not be before starts_at")
        end = instant
    if event.duration is None:
        return end
    try:
        by_duration = start + event.duration
    except OverflowError:
        raise _out_of_years("duration") from None
    if end not in {None, by_duration}:
        raise MemberInvalid(["duration"], "end_conflict", "leads to another end than ends_at")
    return by_duration


def wall_time(instant: datetime, zone: ZoneInfo) -> datetime:
    """What clocks in the zone show at that instant."""
    try:
        return instant.astimezone(zone).replace(tzinfo=None, fold=0)
    except OverflowError:
        raise _out_of_years("starts_at") from None


def dates_of(event: TimesInput, first: date, default: date | None = None) -> date:
    """The date after the last one, of an event that lasts all day from `first`.

    Without anything said, it is `default`, or the date after `first`.
    """
    end = event.ends_on
    if event.duration is not None:
        if event.duration < _DAY or event.duration % _DAY:
            raise MemberInvalid(["duration"], "whole_days", "must be whole days, such as P1D")
        by_duration = _later(first, event.duration, "duration")
        if end not in {None, by_duration}:
            raise MemberInvalid(["duration"], "end_conflict", "leads to another end than ends_on")
        end = by_duration
    end = end or default or _later(first, _DAY, "starts_on")
    if end <= first:
        raise MemberInvalid(["ends_on"], "end_before_start", "must be later than starts_on")
    return end


def _all_day(event: TimesInput, first: date, zone: ZoneInfo | None) -> Times:
    zone = zone or zones.UTC
    end = dates_of(event, first)
    start_instant = _within_years(to_instant(first, zone), "starts_on")
    end_instant = _within_years(to_instant(end, zone), "ends_on")
    for name, said, is_so, day in (
        ("starts_at", event.starts_at, start_instant, first),
        ("ends_at", event.ends_at, end_instant, end),
    ):
        if said not in {None, is_so, datetime.combine(day, time())}:
            raise MemberInvalid(
                [name],
                "all_day",
                "must be midnight of its date in the time zone, or absent: the event lasts all day",
            )
    return Times(start_instant, end_instant, starts_on=first, ends_on=end)


def _later(day: date, length: timedelta, member: str) -> date:
    try:
        return day + length
    except OverflowError:
        raise _out_of_years(member) from None


def _within_years(instant: datetime | None, member: str) -> datetime:
    if instant is None:
        raise _out_of_years(member)
    return instant


def _out_of_years(member: str) -> MemberInvalid:
    return MemberInvalid([member], "date_time_range", "leads out of the years 1 to 9999")


def is_repeated(local: LocalTime, instant: datetime, zone: ZoneInfo) -> bool:
    """Whether the instant is the second one at which clocks in the zone show this wall time."""
    first = to_instant(local, zone)
    return isinstance(local, datetime) and first is not None and first < instant
