"""Durations, in words and in ISO 8601."""

import re
from datetime import timedelta
from typing import Final

_UNITS: Final = ("week", "day", "hour", "minute", "second", "millisecond")
_ISO = re.compile(
    r"(?P<sign>-?)P(?:(?P<weeks>\d+)W|(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?)"
)


def parse_words(text: str) -> timedelta:
    """Parses `2 seconds`, `1 hour` or `a day`."""
    number, unit = text.split()
    unit = unit.removesuffix("s")
    assert unit in _UNITS, f"{text!r} is not a duration: use {', '.join(_UNITS)}"
    return timedelta(**{f"{unit}s": 1 if number in {"a", "an"} else int(number)})


def parse_list(text: str) -> list[timedelta]:
    """Parses `1 day`, `1 day and 2 hours` or `1 day, 2 hours and 3 minutes`."""
    return [parse_words(each) for each in re.split(", | and ", text)]


def format_iso(duration: timedelta) -> str:
    """Formats whole seconds as an ISO 8601 duration; a negative one has a sign in front."""
    sign = "-" if duration < timedelta() else ""
    return f"{sign}PT{abs(duration) // timedelta(seconds=1)}S"


def parse_iso(text: str) -> timedelta:
    """Parses an ISO 8601 duration."""
    match = _ISO.fullmatch(text)
    assert match, f"{text!r} is not an ISO 8601 duration"
    sign, *_ = match.groups()
    units = {unit: float(number) for unit, number in match.groupdict("0").items() if unit != "sign"}
    return -timedelta(**units) if sign else timedelta(**units)
