"""Years as day numbers (`date.toordinal`), and the 28 shapes that a Gregorian year can have."""

from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Final, NamedTuple

DAYS_IN_400_YEARS: Final = 146_097
"""After 400 years, which are whole weeks, the calendar repeats."""

FIRST_DAY: Final = date.min.toordinal()
LAST_DAY: Final = date.max.toordinal()

_MONTH_LENGTHS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class YearShape(NamedTuple):
    """All that the days of a year depend on. Days are offsets: 1 January is 0."""

    first_weekday: int
    length: int
    previous_length: int
    next_length: int

    def month_lengths(self) -> Iterator[tuple[int, int, int]]:
        """Each month with its first offset and its length."""
        first = 0
        for month, usual_length in enumerate(_MONTH_LENGTHS, 1):
            length = 29 if month == 2 and self.length == 366 else usual_length
            yield month, first, length
            first += length

    def weekday(self, offset: int) -> int:
        """The weekday of a day of this year or a week beside it."""
        return (self.first_weekday + offset) % 7

    def first_week(self, week_start: int) -> int:
        """The offset at which week 1 starts: the first week with four days in the year."""
        days_before = (self.first_weekday - week_start) % 7
        return -days_before if days_before <= 3 else 7 - days_before

    def weeks(self, week_start: int) -> int:
        """The number of weeks, 52 or 53."""
        following = YearShape(self.weekday(self.length), self.next_length, 0, 0)
        start_of_next = self.length + following.first_week(week_start)
        return (start_of_next - self.first_week(week_start)) // 7

    def month_and_day(self, offset: int) -> tuple[int, int, int]:
        """Month, day and length of the month, of a day of this year or a week beside it."""
        if offset < 0:
            return 12, 32 + offset, 31
        if offset >= self.length:
            return 1, offset - self.length + 1, 31
        return _days_of_year(self.length)[offset]

    def year_days(self, offset: int) -> tuple[int, int]:
        """The day's number in its year, from the start and from the end, by BYYEARDAY."""
        if offset < 0:
            return self.previous_length + offset + 1, offset
        if offset >= self.length:
            offset -= self.length
            return offset + 1, offset - self.next_length
        return offset + 1, offset - self.length


@cache
def _days_of_year(length: int) -> tuple[tuple[int, int, int], ...]:
    return tuple(
        (month, day, month_length)
        for month, _, month_length in YearShape(0, length, 0, 0).month_lengths()
        for day in range(1, month_length + 1)
    )


def first_day_of(year: int) -> int:
    """The day number of 1 January. Also of the years 0 and 10000, which `date` does not have."""
    before = year - 1
    return before * 365 + before // 4 - before // 100 + before // 400 + 1


def _length(year: int) -> int:
    return first_day_of(year + 1) - first_day_of(year)


_SHAPES: Final = tuple(
    YearShape((first_day_of(year) - 1) % 7, _length(year), _length(year - 1), _length(year + 1))
    for year in range(400)
)


def shape_of(year: int) -> YearShape:
    """The shape of a year."""
    return _SHAPES[year % 400]


def week_year_of(day: int, week_start: int) -> int:
    """The year whose numbered weeks (BYWEEKNO) the day belongs to."""
    year = date.fromordinal(day).year
    if day < first_day_of(year) + shape_of(year).first_week(week_start):
        return year - 1
    if day >= first_day_of(year + 1) + shape_of(year + 1).first_week(week_start):
        return year + 1
    return year
