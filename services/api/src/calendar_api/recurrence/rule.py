"""A recurrence rule (RFC 5545, section 3.3.10) as a value, and its canonical text."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final, NamedTuple

WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
"""The names of the weekdays; the index is Python's `date.weekday()`."""


class Frequency(StrEnum):
    """The length of a period. In each period, the rule names a set of days."""

    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    YEARLY = "YEARLY"


class ByDay(NamedTuple):
    """A weekday, or the nth one of a month or year, from its end if `ordinal` is negative."""

    ordinal: int
    """0: every one."""
    weekday: int

    def __str__(self) -> str:
        return f"{self.ordinal or ''}{WEEKDAYS[self.weekday]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A valid rule. Lists are sorted and without repetition, so that equal rules are equal."""

    frequency: Frequency
    interval: int = 1
    count: int | None = None
    until: date | None = None
    """A date, a local date-time (naive) or an instant (in UTC); inclusive."""
    months: tuple[int, ...] = ()
    week_numbers: tuple[int, ...] = ()
    year_days: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    weekdays: tuple[ByDay, ...] = ()
    positions: tuple[int, ...] = ()
    week_start: int = 0

    def __str__(self) -> str:
        """The canonical text: parts in this order, without those that have the default."""
        parts = {
            "FREQ": self.frequency,
            "INTERVAL": "" if self.interval == 1 else str(self.interval),
            "COUNT": "" if self.count is None else str(self.count),
            "UNTIL": "" if self.until is None else _until_text(self.until),
            "BYMONTH": _list_text(self.months),
            "BYWEEKNO": _list_text(self.week_numbers),
            "BYYEARDAY": _list_text(self.year_days),
            "BYMONTHDAY": _list_text(self.month_days),
            "BYDAY": _list_text(self.weekdays),
            "BYSETPOS": _list_text(self.positions),
            "WKST": WEEKDAYS[self.week_start] if self.week_start else "",
        }
        return ";".join(f"{name}={value}" for name, value in parts.items() if value)


def _list_text(values: Iterable[object]) -> str:
    return ",".join(map(str, values))


def _until_text(until: date) -> str:
    # Not strftime, which does not pad years before 1000 on every platform.
    text = f"{until.year:04}{until.month:02}{until.day:02}"
    if not isinstance(until, datetime):
        return text
    time = f"T{until.hour:02}{until.minute:02}{until.second:02}"
    return text + time + ("Z" if until.tzinfo else "")
