"""ISO 8601 durations of fixed length: weeks, days of 24 hours, hours, minutes, seconds.

Years and months have no fixed length and are refused.
"""

import re
from datetime import timedelta
from functools import lru_cache
from typing import Final

_WHOLE = r"[0-9]{1,12}"
_LAST = rf"{_WHOLE}(?:[.,][0-9]{{1,9}})?"  # Only the last component may have a fraction.
_TIME = rf"T(?:{_LAST}[HMS]|{_WHOLE}H{_LAST}[MS]|(?:{_WHOLE}H)?{_WHOLE}M{_LAST}S)"
PATTERN: Final = rf"^P(?:{_LAST}[WD]|(?:{_WHOLE}D)?{_TIME})$"
"""The accepted syntax, as a regular expression for JSON Schema. Linear: no nested repetition."""

MAX_LENGTH: Final = 64
"""Longer texts are refused without being parsed."""

_SYNTAX = re.compile(PATTERN.removesuffix("$"))
_PART = re.compile(r"([0-9]+)(?:[.,]([0-9]+))?([WDHMS])")
_MICROSECONDS = {
    "W": 7 * 86_400_000_000,
    "D": 86_400_000_000,
    "H": 3_600_000_000,
    "M": 60_000_000,
    "S": 1_000_000,
}


# Most requests have the same few durations. Errors are not cached.
@lru_cache(maxsize=1_000)
def parse(text: str) -> timedelta:
    """The length of a duration; what is shorter than a microsecond is cut off, as in date-times.

    Raises:
        ValueError: `text` is not such a duration.
        OverflowError: it is longer than 999,999,999 days.
    """
    if len(text) > MAX_LENGTH or not _SYNTAX.fullmatch(text):
        raise ValueError("not an ISO 8601 duration of weeks, days, hours, minutes and seconds")
    total = 0
    for whole, fraction, unit in _PART.findall(text):
        total += int(whole + fraction) * _MICROSECONDS[unit] // 10 ** len(fraction)
    return timedelta(microseconds=total)


def signed(text: str) -> timedelta:
    """The same; negative with a minus sign in front."""
    return -parse(text[1:]) if text.startswith("-") else parse(text)


def to_text(length: timedelta) -> str:
    """The duration as the API writes it, as PostgreSQL does: `P1DT12H`, `PT0S`, `-PT9H`."""
    sign, length = ("-", -length) if length < timedelta() else ("", length)
    hours, seconds = divmod(length.seconds, 3_600)
    minutes, seconds = divmod(seconds, 60)
    fraction = f".{length.microseconds:06}".rstrip("0") if length.microseconds else ""
    date = f"{length.days}D" if length.days else ""
    time = f"{hours}H" if hours else ""
    time += f"{minutes}M" if minutes else ""
    time += f"{seconds}{fraction}S" if seconds or fraction else ""
    return f"{sign}P{date}{'T' if time else ''}{time}" if date or time else "PT0S"
