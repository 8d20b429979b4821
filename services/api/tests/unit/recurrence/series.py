"""Short ways to write series, dates and instants in the tests of recurrence."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final

from calendar_api.recurrence.parsing import parse
from calendar_api.recurrence.series import Occurrence, Series
from calendar_api.recurrence.wall_time import FIRST_INSTANT, LAST_INSTANT, LocalTime
from calendar_api.zones import ZoneInfo

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)


def utc(text: str) -> datetime:
    """An instant without its `Z`: utc("2026-01-31T09:00")."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def local(text: str) -> LocalTime:
    """A wall time, or a date: "2026-01-31T10:00", "2026-01-31"."""
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def locals_(text: str) -> list[LocalTime]:
    return [local(item) for item in text.split()]


def series(
    start: str,
    rule: str | None = None,
    zone: str = "UTC",
    *,
    duration: timedelta | None = None,
    dates: str = "",
    excluded: str = "",
) -> Series:
    begin = local(start)
    return Series.create(
        start=begin,
        zone=ZoneInfo(zone),
        duration=duration or (HOUR if isinstance(begin, datetime) else DAY),
        rule=parse(rule) if rule else None,
        dates=locals_(dates),
        excluded=locals_(excluded),
    )


def all_of(a_series: Series) -> Iterator[Occurrence]:
    """All occurrences of a series that ends."""
    return a_series.between(FIRST_INSTANT, LAST_INSTANT)


def ids(occurrences: Iterable[Occurrence]) -> list[LocalTime]:
    return [occurrence.recurrence_id for occurrence in occurrences]


def starts(occurrences: Iterable[Occurrence]) -> list[datetime]:
    return [occurrence.start for occurrence in occurrences]


def days(text: str) -> list[date]:
    """Dates by month: days("1997-09: 2-11 30; 1997-10: 2")."""
    return [
        date.fromisoformat(f"{month}-{day:02}")
        for month, numbers in re.findall(r"(\d{4}-\d\d): ([\d\- ]+)", text)
        for first, last in re.findall(r"(\d+)(?:-(\d+))?", numbers)
        for day in range(int(first), int(last or first) + 1)
    ]
