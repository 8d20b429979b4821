"""Reading a rule from text, with an error that names the part that is wrong."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, Final

from calendar_api.recurrence.errors import RuleError
from calendar_api.recurrence.rule import WEEKDAYS, ByDay, Frequency, Rule

MAX_LENGTH: Final = 512
MAX_INTERVAL: Final = 999
MAX_COUNT: Final = 10_000

_BY_DAY = re.compile(r"(?:([+-]?[0-9]{1,2}))?(MO|TU|WE|TH|FR|SA|SU)")
_NUMBER = re.compile(r"[+-]?[0-9]{1,9}")
_UNTIL = re.compile(r"([0-9]{8})(?:T([0-9]{6})(Z?))?")


# Many series have the same few rules. Errors are not cached.
@lru_cache(maxsize=1_000)
def parse(text: str) -> Rule:
    """The rule that `text` says; keywords in any case and order.

    Raises:
        RuleError: it is not a rule that Calendar has, or one that RFC 5545 forbids.
    """
    if len(text) > MAX_LENGTH:
        raise RuleError("RRULE", f"must have at most {MAX_LENGTH} characters")
    # Checked before changing case, which maps some other letters to ASCII.
    if not text.isascii():
        raise RuleError("RRULE", "must consist of ASCII characters")
    values: dict[str, Any] = {}
    for part in text.upper().split(";"):
        name, equals, value = part.partition("=")
        if not name:
            raise RuleError("RRULE", "must not have a part without a name")
        if name not in _PARTS:
            raise RuleError(name, f"is no part of a rule here; the parts are {', '.join(_PARTS)}")
        if not equals:
            raise RuleError(name, "must be followed by = and a value")
        field, read = _PARTS[name]
        if field in values:
            raise RuleError(name, "must not be given twice")
        values[field] = read(name, value)
    if "frequency" not in values:
        raise RuleError("FREQ", "is missing")
    rule = Rule(**values)
    _check_combination(rule)
    return rule


def _frequency(part: str, text: str) -> Frequency:
    try:
        return Frequency(text)
    except ValueError:
        raise RuleError(part, f"must be one of {', '.join(Frequency)}") from None


def _positive(limit: int) -> Callable[[str, str], int]:
    def read(part: str, text: str) -> int:
        if not text.isdigit() or len(text) > 9 or not 1 <= int(text) <= limit:
            raise RuleError(part, f"must be a whole number from 1 to {limit}")
        return int(text)

    return read


def _numbers(limit: int, *, negative: bool = True) -> Callable[[str, str], tuple[int, ...]]:
    signs = "1 to {0} or -{0} to -1" if negative else "1 to {0}"
    expected = f"must be a list of whole numbers from {signs.format(limit)}"

    def read(part: str, text: str) -> tuple[int, ...]:
        numbers = set()
        for item in text.split(","):
            if not _NUMBER.fullmatch(item) or not 1 <= abs(int(item)) <= limit:
                raise RuleError(part, expected)
            if not negative and not item.isdigit():
                raise RuleError(part, expected)
            numbers.add(int(item))
        return tuple(sorted(numbers))

    return read


def _by_day(part: str, text: str) -> tuple[ByDay, ...]:
    days = set()
    for item in text.split(","):
        match = _BY_DAY.fullmatch(item)
        if not match or (match[1] and not 1 <= abs(int(match[1])) <= 53):
            raise RuleError(
                part,
                "must be a list of weekdays such as MO, or with 1 to 53 or -1 to -53: 2MO, -1FR",
            )
        days.add(ByDay(int(match[1] or 0), WEEKDAYS.index(match[2])))
    return tuple(sorted(days))


def _weekday(part: str, text: str) -> int:
    if text not in WEEKDAYS:
        raise RuleError(part, f"must be one of {', '.join(WEEKDAYS)}")
    return WEEKDAYS.index(text)


def _until(part: str, text: str) -> date:
    match = _UNTIL.fullmatch(text)
    if not match:
        raise RuleError(
            part, "must be a date or a date-time: 20261231, 20261231T090000, 20261231T080000Z"
        )
    try:
        if match[2] is None:
            return date.fromisoformat(match[1])
        until = datetime.fromisoformat(f"{match[1]}T{match[2]}")
    except ValueError:
        raise RuleError(part, "names a day or a time that does not exist") from None
    return until.replace(tzinfo=UTC) if match[3] else until


_PARTS: Final[Mapping[str, tuple[str, Callable[[str, str], object]]]] = {
    "FREQ": ("frequency", _frequency),
    "INTERVAL": ("interval", _positive(MAX_INTERVAL)),
    "COUNT": ("count", _positive(MAX_COUNT)),
    "UNTIL": ("until", _until),
    "BYMONTH": ("months", _numbers(12, negative=False)),
    "BYWEEKNO": ("week_numbers", _numbers(53)),
    "BYYEARDAY": ("year_days", _numbers(366)),
    "BYMONTHDAY": ("month_days", _numbers(31)),
    "BYDAY": ("weekdays", _by_day),
    "BYSETPOS": ("positions", _numbers(366)),
    "WKST": ("week_start", _weekday),
}


def _check_combination(rule: Rule) -> None:
    """Refuse what section 3.3.10 says MUST NOT be combined."""
    frequency = rule.frequency
    if rule.count is not None and rule.until is not None:
        raise RuleError("UNTIL", "must not be used together with COUNT")
    if rule.month_days and frequency is Frequency.WEEKLY:
        raise RuleError("BYMONTHDAY", "must not be used with FREQ=WEEKLY")
    if rule.year_days and frequency is not Frequency.YEARLY:
        raise RuleError("BYYEARDAY", "must be used with FREQ=YEARLY only")
    if rule.week_numbers and frequency is not Frequency.YEARLY:
        raise RuleError("BYWEEKNO", "must be used with FREQ=YEARLY only")
    if any(day.ordinal for day in rule.weekdays):
        if frequency in {Frequency.DAILY, Frequency.WEEKLY}:
            raise RuleError("BYDAY", "must have numbers with FREQ=MONTHLY and FREQ=YEARLY only")
        if rule.week_numbers:
            raise RuleError("BYDAY", "must not have numbers together with BYWEEKNO")
    others = rule.months or rule.week_numbers or rule.year_days or rule.month_days or rule.weekdays
    if rule.positions and not others:
        raise RuleError("BYSETPOS", "must be used together with another BY… part")
