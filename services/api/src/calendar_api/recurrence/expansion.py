"""The days of a rule, as day numbers, from any day on: no walk from the start.

Days and weeks without further limits are arithmetic. Everything else goes year by year, over at
most the 10,000 years that there are, and a year of a known shape is looked up.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterator
from datetime import date
from itertools import islice
from math import gcd
from typing import Final

from calendar_api.recurrence.pattern import (
    Pattern,
    days_of_year,
    pattern_of,
    week_offsets,
)
from calendar_api.recurrence.rule import Frequency, Rule
from calendar_api.recurrence.years import (
    DAYS_IN_400_YEARS,
    FIRST_DAY,
    LAST_DAY,
    YearShape,
    first_day_of,
    shape_of,
    week_year_of,
)

_PERIODS_IN_400_YEARS: Final = {
    Frequency.DAILY: DAYS_IN_400_YEARS,
    Frequency.WEEKLY: DAYS_IN_400_YEARS // 7,
    Frequency.MONTHLY: 4_800,
    Frequency.YEARLY: 400,
}
# Days of weeks that are counted from a day of the year do not depend on its weekdays.
_ANY_OF_LENGTH: Final = {length: YearShape(0, length, 0, 0) for length in (365, 366)}


def days_between(rule: Rule, start: date, first: date, last: date) -> Iterator[date]:
    """The days of a rule, both ends included, in order; COUNT and UNTIL are not looked at."""
    days = _days(rule, start, first.toordinal(), last.toordinal())
    return map(date.fromordinal, days)


def first_day(rule: Rule, start: date) -> date | None:
    """The first day of a rule; None if it has none."""
    periods = _PERIODS_IN_400_YEARS[rule.frequency]
    # After so many days, everything repeats.
    cycle = DAYS_IN_400_YEARS * rule.interval // gcd(rule.interval, periods)
    begin = start.toordinal()
    day = next(_days(rule, start, begin, min(begin + cycle, LAST_DAY)), None)
    return None if day is None else date.fromordinal(day)


def last_counted_day(rule: Rule, start: date, count: int) -> date | None:
    """The day of occurrence number `count`, or the last one before the year 10000."""
    last = deque(islice(_days(rule, start, FIRST_DAY, LAST_DAY), count), maxlen=1)
    return date.fromordinal(last[0]) if last else None


def _days(rule: Rule, start: date, first: int, last: int) -> Iterator[int]:
    pattern = pattern_of(rule, start)
    if pattern is None:
        return iter(())
    begin = start.toordinal()
    first = max(first, begin)
    if pattern.frequency is Frequency.DAILY:
        if pattern.every_period:
            return iter(range(_align(first, begin, pattern.interval), last + 1, pattern.interval))
        return _days_by_interval(pattern, begin, first, last)
    expand = _days_by_week if pattern.every_period else _days_by_year
    return expand(pattern, begin, first, last)


def _align(value: int, base: int, step: int) -> int:
    """The first number not before the value that is whole steps away from the base."""
    return value + (base - value) % step


def _days_by_week(pattern: Pattern, begin: int, first: int, last: int) -> Iterator[int]:
    offsets = week_offsets(pattern)
    step = 7 * pattern.interval
    for week in range(_align(first - 6, _week_of(begin, pattern), step), last + 1, step):
        for offset in offsets:
            if first <= week + offset <= last:
                yield week + offset


def _days_by_interval(pattern: Pattern, begin: int, first: int, last: int) -> Iterator[int]:
    """Of a daily rule with further limits: every nth day that is also one of the year's days."""
    interval = pattern.interval
    year = date.fromordinal(first).year
    new_year = first_day_of(year)
    ordered: dict[YearShape, tuple[int, ...]] = {}
    unordered: dict[YearShape, frozenset[int]] = {}
    while new_year <= last:
        shape = shape_of(year)
        if shape not in ordered:
            ordered[shape] = days_of_year(pattern, shape, 0)
            unordered[shape] = frozenset(ordered[shape])
        every_nth = range((begin - new_year) % interval, shape.length, interval)
        if len(ordered[shape]) <= len(every_nth):
            common = [day for day in ordered[shape] if day in every_nth]
        else:
            common = [day for day in every_nth if day in unordered[shape]]
        for day in common:
            if first <= new_year + day <= last:
                yield new_year + day
        new_year += shape.length
        year += 1


def _days_by_year(pattern: Pattern, begin: int, first: int, last: int) -> Iterator[int]:
    weekly = pattern.frequency is Frequency.WEEKLY
    for year, first_period in _years(pattern, begin, first, last):
        new_year, shape = first_day_of(year), shape_of(year)
        days = days_of_year(
            pattern, _ANY_OF_LENGTH[shape.length] if weekly else shape, first_period
        )
        for offset in days[bisect_left(days, first - new_year) :]:
            if new_year + offset > last:
                return
            yield new_year + offset


def _years(pattern: Pattern, begin: int, first: int, last: int) -> Iterator[tuple[int, int]]:
    """The years with a period whose days may lie in the span, and where the first one starts."""
    interval = pattern.interval
    # Days of a week may lie in the year after the one that it starts in.
    first_year = date.fromordinal(max(first - 6, FIRST_DAY)).year
    last_year = date.fromordinal(last).year
    match pattern.frequency:
        case Frequency.YEARLY if pattern.week_numbers:
            # The first and the last week may reach into the years beside theirs.
            base = week_year_of(begin, pattern.week_start)
            for year in range(_align(first_year - 1, base, interval), last_year + 2, interval):
                yield year, 0
        case Frequency.YEARLY:
            base = date.fromordinal(begin).year
            for year in range(_align(first_year, base, interval), last_year + 1, interval):
                yield year, 0
        case Frequency.MONTHLY:
            base = _month_number(begin)
            month = _align(first_year * 12, base, interval)
            while month // 12 <= last_year:
                yield divmod(month, 12)
                month = _align(month // 12 * 12 + 12, base, interval)
        case _:
            base, step = _week_of(begin, pattern), 7 * interval
            week = _align(first_day_of(first_year), base, step)
            while week <= last:
                year = date.fromordinal(week).year
                yield year, week - first_day_of(year)
                week = _align(first_day_of(year + 1), base, step)


def _week_of(day: int, pattern: Pattern) -> int:
    """The day on which the week of a day starts."""
    return day - (day - 1 - pattern.week_start) % 7


def _month_number(day: int) -> int:
    on = date.fromordinal(day)
    return on.year * 12 + on.month - 1
