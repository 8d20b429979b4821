"""ISO 8601 durations of fixed length are parsed exactly; everything else is refused."""

import re
from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from calendar_api.values import durations

lengths = st.timedeltas(min_value=timedelta(), max_value=timedelta.max)


def in_full(length: timedelta) -> str:
    hours, rest = divmod(length.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"P{length.days}DT{hours}H{minutes}M{seconds}.{length.microseconds:06}S"


def in_seconds(length: timedelta) -> str:
    seconds, microseconds = divmod(length, timedelta(seconds=1))
    return f"PT{seconds}.{microseconds // timedelta(microseconds=1):06}S"


@given(lengths)
@example(timedelta.max)
def test_a_duration_with_all_units_is_parsed(length: timedelta) -> None:
    assert durations.parse(in_full(length)) == length


@given(st.timedeltas(min_value=timedelta(), max_value=timedelta(days=366)))
def test_a_duration_in_seconds_is_parsed(length: timedelta) -> None:
    assert durations.parse(in_seconds(length)) == length


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("P3D", timedelta(days=3)),
        ("PT15M", timedelta(minutes=15)),
        ("P1DT12H", timedelta(days=1, hours=12)),
        ("P2W", timedelta(weeks=2)),
        ("PT0S", timedelta()),
        ("P0D", timedelta()),
        ("PT1H30S", timedelta(hours=1, seconds=30)),
        ("PT36H", timedelta(hours=36)),
        ("PT90M", timedelta(minutes=90)),
        ("PT0,5S", timedelta(milliseconds=500)),
        ("PT0.1234567S", timedelta(microseconds=123456)),
        ("PT0.000000999S", timedelta()),
        ("PT000000000001S", timedelta(seconds=1)),
    ],
)
def test_a_duration_is_parsed(text: str, length: timedelta) -> None:
    assert durations.parse(text) == length


@pytest.mark.parametrize(
    "text",
    [
        "",
        "P",
        "PT",
        "P1",
        "1D",
        "P1Y",
        "P1M",
        "P1Y2M3D",
        "P1W1D",
        "P1DT",
        "PT1",
        "PT1D",
        "P1H",
        "PT1S1M",
        "PT1M1H",
        "PT1.5H",
        "PT.5S",
        "PT1.S",
        "-P1D",
        "P-1D",
        "+P1D",
        "p1d",
        "PT1s",
        " P1D",
        "P1D ",
        "P1D\n",
        "P 1D",
        "P1D\0",
        "P١D",
        "P１D",
        "P1D\ud800",
        "P1_0D",
        "P1e3D",
        "P" + "9" * 13 + "D",
        "PT" + "0" * 62 + "S",
        "P" + "9" * 5_000 + "D",
    ],
)
def test_an_invalid_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an ISO 8601 duration"):
        durations.parse(text)


@pytest.mark.parametrize("text", ["P999999999999D", "P142857143W", "P999999999DT24H"])
def test_a_duration_that_is_too_long_overflows(text: str) -> None:
    with pytest.raises(OverflowError):
        durations.parse(text)


@given(st.from_regex(durations.PATTERN.removesuffix("$") + r"\Z", fullmatch=True))
def test_all_that_the_published_pattern_matches_is_parsed(text: str) -> None:
    try:
        durations.parse(text)
    except OverflowError:
        assert len(re.sub("[^0-9]", "", text)) > 7
    except ValueError:
        assert len(text) > durations.MAX_LENGTH
