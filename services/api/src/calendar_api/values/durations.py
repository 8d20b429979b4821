"""ISO 8601 durations of fixed length: weeks, days of 24 hours, hours, minutes, seconds.

Years and months have no fixed length and are refused.
"""

import re
from datetime import timedelta
from functools import lru_cache
from typing import Final

_SECONDS = r"[0-9]{1,12}(?:[.,][0-9]{1,9})?S"
_MINUTES = rf"[0-9]{{1,12}}M(?:{_SECONDS})?"
_TIME = rf"T(?:[0-9]{{1,12}}H(?:{_MINUTES}|{_SECONDS})?|{_MINUTES}|{_SECONDS})"
PATTERN: Final = rf"^P(?:[0-9]{{1,12}}W|[0-9]{{1,12}}D(?:{_TIME})?|{_TIME})$"
"""The accepted syntax, as a regular expression for JSON Schema. Linear: no nested repetition."""

MAX_LENGTH: Final = 64
"""Longer texts are refused without being parsed."""

_SYNTAX = re.compile(PATTERN.removesuffix("$"))
_PART = re.compile(r"([0-9]+)(?:[.,]([0-9]+))?([WDHMS])")
_UNIT = {
    "W": timedelta(weeks=1),
    "D": timedelta(days=1),
    "H": timedelta(hours=1),
    "M": timedelta(minutes=1),
    "S": timedelta(seconds=1),
}


# Most requests have the same few durations. Errors are not cached.
@lru_cache(maxsize=1_000)
def parse(text: str) -> timedelta:
    """The length of a duration; digits past the microsecond are cut off, as in date-times.

    Raises:
        ValueError: `text` is not such a duration.
        OverflowError: it is longer than 999,999,999 days.
    """
    if len(text) > MAX_LENGTH or not _SYNTAX.fullmatch(text):
        raise ValueError("not an ISO 8601 duration of weeks, days, hours, minutes and seconds")
    total = timedelta()
    for whole, fraction, unit in _PART.findall(text):
        microseconds = int(fraction[:6].ljust(6, "0")) if fraction else 0
        total += int(whole) * _UNIT[unit] + timedelta(microseconds=microseconds)
    return total
