"""Lengths of time: as people say them, and as ISO 8601 writes them."""

import re
from datetime import timedelta
from typing import Final

_UNITS: Final = ("week", "day", "hour", "minute", "second", "millisecond")
_ISO = re.compile(
    r"P(?:(?P<weeks>\d+)W|(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?)"
)


def spoken(text: str) -> timedelta:
    """The length of `2 seconds`, `1 hour` or `a day`."""
    number, unit = text.split()
    unit = unit.removesuffix("s")
    assert unit in _UNITS, f"{text!r} is no length of time: say it in {', '.join(_UNITS)}s"
    return timedelta(**{f"{unit}s": 1 if number in {"a", "an"} else int(number)})


def iso(length: timedelta) -> str:
    """A length of whole seconds, as ISO 8601 writes it."""
    return f"PT{length // timedelta(seconds=1)}S"


def of_iso(text: str) -> timedelta:
    """The length that an ISO 8601 duration says, however it is divided into days and hours."""
    match = _ISO.fullmatch(text)
    assert match, f"{text!r} is no ISO 8601 duration"
    return timedelta(**{unit: float(number) for unit, number in match.groupdict("0").items()})
