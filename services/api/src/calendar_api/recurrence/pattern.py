"""A rule completed by its start: which days of a year it names, whatever the year."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Final

from calendar_api.recurrence.rule import ByDay, Frequency, Rule
from calendar_api.recurrence.years import YearShape

_LONGEST_MONTHS: Final = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}


@dataclass(frozen=True, slots=True)
class Pattern:
    """What a rule says, with what it leaves to its start filled in."""

    frequency: Frequency
    interval: int
    months: frozenset[int]
    """The months that can have an occurrence."""
    week_numbers: tuple[int, ...]
    year_days: frozenset[int]
    month_days: frozenset[int]
    weekdays: tuple[ByDay, ...]
    """Numbers, where there are any, count in the month."""
    weekdays_of_year: tuple[ByDay, ...]
    """The same, but numbers count in the year."""
    positions: tuple[int, ...]
    week_start: int
    every_period: bool = field(init=False, compare=False)
    """All periods (days or weeks) have the same days."""
    _hash: int = field(init=False, compare=False)

    def __post_init__(self) -> None:
        limited = len(self.months) < 12 or self.month_days
        every_period = (self.frequency is Frequency.WEEKLY and not limited) or (
            self.frequency is Frequency.DAILY and not limited and not self.weekdays
        )
        object.__setattr__(self, "every_period", every_period)
        # Computed once: each year that is looked up needs it.
        key = (self.frequency, self.interval, self.months, self.week_numbers, self.year_days)
        rest = (self.month_days, self.weekdays, self.weekdays_of_year, self.positions)
        object.__setattr__(self, "_hash", hash((key, rest, self.week_start)))

    def __hash__(self) -> int:
        return self._hash


@lru_cache(maxsize=1_000)
def pattern_of(rule: Rule, start: date) -> Pattern | None:
    """The pattern of a rule that starts on that day; None if it plainly has no day at all."""
    weekdays, month_days = _weekdays(rule, start), _month_days(rule, start)
    months = _months(rule, start, month_days)
    if not months or _never(rule, start, weekdays):
        return None
    numbered = any(day.ordinal for day in weekdays)
    in_year = numbered and rule.frequency is Frequency.YEARLY and not rule.months
    return Pattern(
        frequency=rule.frequency,
        interval=rule.interval,
        months=months,
        week_numbers=rule.week_numbers,
        year_days=frozenset(rule.year_days),
        month_days=frozenset(month_days),
        weekdays=() if in_year else weekdays,
        weekdays_of_year=weekdays if in_year else (),
        # A day that is a period of its own is its first and its last.
        positions=() if rule.frequency is Frequency.DAILY else rule.positions,
        week_start=rule.week_start,
    )


def _weekdays(rule: Rule, start: date) -> tuple[ByDay, ...]:
    if rule.weekdays or rule.month_days or rule.year_days:
        return rule.weekdays
    if rule.frequency is Frequency.WEEKLY or rule.week_numbers:
        return (ByDay(0, start.weekday()),)
    return ()


def _month_days(rule: Rule, start: date) -> tuple[int, ...]:
    if rule.month_days or rule.weekdays or rule.year_days or rule.week_numbers:
        return rule.month_days
    return (start.day,) if rule.frequency in {Frequency.MONTHLY, Frequency.YEARLY} else ()


def _months(rule: Rule, start: date, month_days: tuple[int, ...]) -> frozenset[int]:
    """The months that have one of the days."""
    months: Iterable[int] = rule.months or range(1, 13)
    dated = month_days and not (rule.months or rule.year_days or rule.week_numbers)
    if dated and rule.frequency is Frequency.YEARLY:
        months = (start.month,)
    shortest = min(map(abs, month_days), default=1)
    return frozenset(month for month in months if shortest <= _LONGEST_MONTHS.get(month, 31))


def _never(rule: Rule, start: date, weekdays: tuple[ByDay, ...]) -> bool:
    """No period of days or weeks has an occurrence."""
    first_position = min(map(abs, rule.positions), default=1)
    if rule.frequency is Frequency.WEEKLY:
        return first_position > len(weekdays)
    if rule.frequency is not Frequency.DAILY:
        return False
    same_weekday = rule.interval % 7 == 0 and weekdays
    return first_position > 1 or bool(
        same_weekday and start.weekday() not in {day.weekday for day in weekdays}
    )


# 400 years have 28 shapes. Of yearly and daily rules, the first period is always 0.
@lru_cache(maxsize=2_000)
def days_of_year(pattern: Pattern, year: YearShape, first_period: int) -> tuple[int, ...]:
    """The offsets of the days that the pattern names in the periods that start in such a year.

    `first_period` is the month (0 is January) or the offset of the week where the first one starts.
    """
    match pattern.frequency:
        case Frequency.MONTHLY:
            days: list[int] = []
            for month, first, length in year.month_lengths():
                if (month - 1 - first_period) % pattern.interval == 0 and month > first_period:
                    days += _select(_days_of_month(pattern, year, month, first, length), pattern)
            return tuple(days)
        case Frequency.WEEKLY:
            starts = range(first_period, year.length, 7 * pattern.interval)
            return tuple(
                day
                for start in starts
                for day in _select(_days_of_week(pattern, year, start), pattern)
            )
        case _:
            return tuple(_select(_days_of_whole_year(pattern, year), pattern))


def week_offsets(pattern: Pattern) -> tuple[int, ...]:
    """The days of every week, as offsets from its start, of a pattern without months."""
    days = {(day.weekday - pattern.week_start) % 7 for day in pattern.weekdays}
    return tuple(_select(days, pattern))


def _select(days: Iterable[int], pattern: Pattern) -> Sequence[int]:
    """The days in order, those at the positions (BYSETPOS) where there are some."""
    ordered = sorted(days)
    if not pattern.positions:
        return ordered
    count = len(ordered)
    indexes = {
        position - 1 if position > 0 else count + position
        for position in pattern.positions
        if abs(position) <= count
    }
    return [ordered[index] for index in sorted(indexes)]


def _days_of_week(pattern: Pattern, year: YearShape, start: int) -> Iterator[int]:
    for day in pattern.weekdays:
        offset = start + (day.weekday - pattern.week_start) % 7
        if year.month_and_day(offset)[0] in pattern.months:
            yield offset


def _days_of_month(
    pattern: Pattern, year: YearShape, month: int, first: int, length: int
) -> set[int]:
    if month not in pattern.months:
        return set()
    days = set(range(first, first + length))
    if pattern.month_days:
        days &= {first + (day - 1 if day > 0 else length + day) for day in pattern.month_days}
    if pattern.weekdays:
        days &= _weekdays_between(pattern.weekdays, year, first, first + length)
    return days


def _weekdays_between(
    weekdays: Iterable[ByDay], year: YearShape, first: int, stop: int
) -> set[int]:
    """Offsets of the weekdays; numbers count from one end of the span or the other."""
    days: set[int] = set()
    for ordinal, weekday in weekdays:
        all_of_them = range(first + (weekday - year.weekday(first)) % 7, stop, 7)
        if ordinal == 0:
            days.update(all_of_them)
        elif abs(ordinal) <= len(all_of_them):
            days.add(all_of_them[ordinal - 1 if ordinal > 0 else ordinal])
    return days


def _days_of_whole_year(pattern: Pattern, year: YearShape) -> set[int]:
    if pattern.week_numbers:
        return {day for day in _days_of_weeks(pattern, year) if _is_possible(pattern, year, day)}
    days: set[int] = set()
    for month, first, length in year.month_lengths():
        days |= _days_of_month(pattern, year, month, first, length)
    if pattern.year_days:
        days &= {day - 1 if day > 0 else year.length + day for day in pattern.year_days}
    if pattern.weekdays_of_year:
        days &= _weekdays_between(pattern.weekdays_of_year, year, 0, year.length)
    return days


def _days_of_weeks(pattern: Pattern, year: YearShape) -> Iterator[int]:
    """The weekdays in the numbered weeks, which may reach into the years beside this one."""
    first, weeks = year.first_week(pattern.week_start), year.weeks(pattern.week_start)
    weekdays = [day.weekday for day in pattern.weekdays] or range(7)
    for number in pattern.week_numbers:
        if abs(number) <= weeks:
            start = first + 7 * (number - 1 if number > 0 else weeks + number)
            for weekday in weekdays:
                yield start + (weekday - pattern.week_start) % 7


def _is_possible(pattern: Pattern, year: YearShape, offset: int) -> bool:
    month, day, length = year.month_and_day(offset)
    month_days, year_days = pattern.month_days, pattern.year_days
    return (
        month in pattern.months
        and (not month_days or not month_days.isdisjoint((day, day - length - 1)))
        and (not year_days or not year_days.isdisjoint(year.year_days(offset)))
    )
