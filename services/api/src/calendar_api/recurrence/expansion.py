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


def first_day(rule: Rule, start: date) -> date | None:
    """The first day of a rule; None if it has none."""
    periods = _PERIODS_IN_400_YEARS[rule.frequency]
    # After so many days, everything repeats.
    cycle = DAYS_IN_400_YEARS * rule.interval // gcd(rule.interval, periods)
    begin = start.toordinal()
    day = next(days_between(rule, start, begin, min(begin + cycle, LAST_DAY)), None)
    return None if day is None else date.fromordinal(day)


def last_counted_day(rule: Rule, start: date, count: int) -> date | None:
    """The day of occurrence number `count`, or the last one before the year 10000."""
    last = deque(islice(days_between(rule, start, FIRST_DAY, LAST_DAY), count), maxlen=1)
    return date.fromordinal(last[0]) if last else None


def days_between(rule: Rule, start: date, first: int, last: int) -> Iterator[int]:
    """The days of a rule, both ends included, in order; COUNT and UNTIL are not looked at."""
    pattern = pattern_of(rule, start)
    begin = start.toordinal()
    first = max(first, begin)
    if pattern is None or first > last:
        return iter(())
    if pattern.frequency is Frequency.DAILY:
        if pattern.every_period:
            return iter(range(_align(first, begin, pattern.interval), last + 1, pattern.interval))
        return _days_by_interval(pattern, begin, first, last)
    if pattern.every_period:
        return _days_by_week(pattern, begin, first, last)
    return _days_by_year(pattern, begin, first, last)


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
    # Sets of a year's days are the bits of integers: most intersections are empty.
    every_nth = sum(1 << day for day in range(0, 366, pattern.interval))
    sets: dict[YearShape, int] = {}
    for new_year, shape in _consecutive_years(first, last):
        if shape not in sets:
            sets[shape] = sum(1 << day for day in days_of_year(pattern, shape, 0))
        common = sets[shape] & (every_nth << (begin - new_year) % pattern.interval)
        while common:
            lowest = common & -common
            common -= lowest
            day = new_year + lowest.bit_length() - 1
            if first <= day <= last:
                yield day


def _days_by_year(pattern: Pattern, begin: int, first: int, last: int) -> Iterator[int]:
    for new_year, shape, first_period in _years(pattern, begin, first, last):
        days = days_of_year(pattern, shape, first_period)
        for offset in days[bisect_left(days, first - new_year) :]:
            if new_year + offset > last:
                return
            yield new_year + offset


def _years(
    pattern: Pattern, begin: int, first: int, last: int
) -> Iterator[tuple[int, YearShape, int]]:
    """The years with a period whose days may lie in the span, and where the first one starts.

    Each as the day number of 1 January, the shape, and the argument of `days_of_year`.
    """
    interval = pattern.interval
    first_year, last_year = date.fromordinal(first).year, date.fromordinal(last).year
    match pattern.frequency:
        case Frequency.YEARLY if pattern.week_numbers:
            # The first and the last week may reach into the years beside theirs.
            base = week_year_of(begin, pattern.week_start)
            for year in range(_align(first_year - 1, base, interval), last_year + 2, interval):
                yield first_day_of(year), shape_of(year), 0
        case Frequency.YEARLY:
            base = date.fromordinal(begin).year
            for year in range(_align(first_year, base, interval), last_year + 1, interval):
                yield first_day_of(year), shape_of(year), 0
        case Frequency.MONTHLY:
            base = _month_number(begin)
            month = _align(first_year * 12, base, interval)
            while month // 12 <= last_year:
                year, first_month = divmod(month, 12)
                yield first_day_of(year), shape_of(year), first_month
                month = _align(year * 12 + 12, base, interval)
        case _:
            base, step = _week_of(begin, pattern), 7 * interval
            # Days of a week may lie in the year after the one that it starts in.
            for new_year, shape in _consecutive_years(max(first - 6, FIRST_DAY), last):
                first_week = (base - new_year) % step
                if first_week < shape.length:
                    yield new_year, _ANY_OF_LENGTH[shape.length], first_week


def _consecutive_years(first: int, last: int) -> Iterator[tuple[int, YearShape]]:
    year = date.fromordinal(first).year
    new_year = first_day_of(year)
    while new_year <= last:
        shape = shape_of(year)
        yield new_year, shape
        new_year += shape.length
        year += 1


def _week_of(day: int, pattern: Pattern) -> int:
    """The day on which the week of a day starts."""
    return day - (day - 1 - pattern.week_start) % 7


def _month_number(day: int) -> int:
    on = date.fromordinal(day)
    return on.year * 12 + on.month - 1
