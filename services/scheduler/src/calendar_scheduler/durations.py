"""Durations of the settings: ISO 8601 (`P365D`), a number with a unit (`15m`), or of seconds.

Years and months have no fixed length, so they are refused.
"""

import re
from datetime import timedelta
from typing import Final

_NUMBER: Final = r"[0-9]{1,9}(?:\.[0-9]{1,6})?"
_WITH_UNIT = re.compile(rf"({_NUMBER})(ms|s|m|h|d|)")
_UNITS: Final = {
    "ms": "milliseconds",
    "": "seconds",
    "s": "seconds",
    "m": "minutes",
    "h": "hours",
    "d": "days",
}
_ISO = re.compile(
    r"P(?=.)(?:(?P<weeks>[0-9]{1,9})W)?(?:(?P<days>[0-9]{1,9})D)?"
    r"(?:T(?=.)(?:(?P<hours>[0-9]{1,9})H)?(?:(?P<minutes>[0-9]{1,9})M)?"
    rf"(?:(?P<seconds>{_NUMBER})S)?)?"
)


def parse(value: object) -> timedelta:
    """The length that a setting's value says.

    Raises:
        ValueError: it is none of these.
    """
    text = str(value)
    if match := _WITH_UNIT.fullmatch(text):
        parts = {_UNITS[match[2]]: match[1]}
    elif match := _ISO.fullmatch(text):
        parts = match.groupdict(default="0")
    else:
        raise ValueError(
            "must be an ISO 8601 duration such as P365D or PT0.25S, a number with a unit such as"
            " 250ms, 5s, 15m, 1h or 365d, or a number of seconds"
        )
    try:
        return timedelta(**{unit: float(number) for unit, number in parts.items()})
    except OverflowError:
        raise ValueError("is too long") from None
