"""COUNT and UNTIL turned into a date, once, when a series is made or its zone's rules change."""

from datetime import date, datetime, time

from calendar_api.recurrence.errors import RuleError
from calendar_api.recurrence.expansion import first_day, last_counted_day
from calendar_api.recurrence.rule import Rule
from calendar_api.recurrence.wall_time import (
    LocalTime,
    date_of,
    local_date,
    nearest_instant,
    shift,
)
from calendar_api.zones import ZoneInfo


def last_day_of(rule: Rule, start: LocalTime, zone: ZoneInfo) -> date | None:
    """The day of a rule's last occurrence, or the last that it may have; None if it is endless."""
    begin = date_of(start)
    first = first_day(rule, begin)
    if first is None:
        raise RuleError("RRULE", "has no occurrence")
    if rule.count:
        return last_counted_day(rule, begin, rule.count)
    if rule.until is None:
        return None
    last = _last_day_until(rule.until, start, zone)
    if last is None or first > last:
        raise RuleError("UNTIL", "is before the first occurrence")
    return last


def _last_day_until(until: date, start: LocalTime, zone: ZoneInfo) -> date | None:
    """The last day on which the start's time of day is not after `until`; None if there is none."""
    if not isinstance(until, datetime):
        return until
    instant = until if until.tzinfo else nearest_instant(until, zone)
    start_time = start.time() if isinstance(start, datetime) else time()
    day = local_date(instant, zone)
    # A zone may be 24 hours ahead of itself, where it skips a date.
    for near in (shift(day, 1), day, shift(day, -1), shift(day, -2)):
        if nearest_instant(datetime.combine(near, start_time), zone) <= instant:
            return near
    return None
