"""Durations of the settings: ISO 8601 of fixed length (`P365D`, `PT0.25S`), or seconds.

Years and months have no fixed length, so they are refused.
"""

import re
from datetime import timedelta
from typing import Final

_NUMBER: Final = r"[0-9]{1,9}(?:\.[0-9]{1,6})?"
_SECONDS = re.compile(_NUMBER)
_ISO = re.compile(
    r"P(?=.)(?:(?P<weeks>[0-9]{1,9})W)?(?:(?P<days>[0-9]{1,9})D)?"
    r"(?:T(?=.)(?:(?P<hours>[0-9]{1,9})H)?(?:(?P<minutes>[0-9]{1,9})M)?"
    rf"(?:(?P<seconds>{_NUMBER})S)?)?"
)


def parse(value: object) -> timedelta:
    """The length that a setting's value says.

    Raises:
        ValueError: it is neither.
    """
    text = str(value)
    if _SECONDS.fullmatch(text):
        parts = {"seconds": text}
    elif match := _ISO.fullmatch(text):
        parts = match.groupdict(default="0")
    else:
        raise ValueError(
            "must be a number of seconds or an ISO 8601 duration such as P365D, PT0.25S"
        )
    try:
        return timedelta(**{unit: float(number) for unit, number in parts.items()})
    except OverflowError:
        raise ValueError("is too long") from None
