"""ISO 8601 durations of fixed length are parsed exactly; everything else is refused."""

import re
from datetime import timedelta
from decimal import Decimal

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
        ("P1.5W", timedelta(days=10, hours=12)),
        ("P0.5D", timedelta(hours=12)),
        ("PT1.5H", timedelta(minutes=90)),
        ("PT1,5M", timedelta(seconds=90)),
        ("PT0.1S", timedelta(milliseconds=100)),
        ("P1DT1.5H", timedelta(days=1, minutes=90)),
        ("P1DT0.25M", timedelta(days=1, seconds=15)),
        ("PT1H0,5M", timedelta(hours=1, seconds=30)),
        ("PT1M0.5S", timedelta(minutes=1, milliseconds=500)),
        ("PT0.000001H", timedelta(microseconds=3600)),
        ("PT0.000000001H", timedelta(microseconds=3)),
        ("PT0.333333333H", timedelta(seconds=1199, microseconds=999998)),
        ("P0.000000001D", timedelta(microseconds=86)),
        ("P999999998.999999999D", timedelta(999_999_998, 86_399, 999_913)),
    ],
)
def test_a_duration_is_parsed(text: str, length: timedelta) -> None:
    assert durations.parse(text) == length


@given(
    st.decimals(0, 999_999, places=6),
    st.sampled_from([("P{}W", 604_800), ("P{}D", 86_400), ("PT{}H", 3600), ("PT{}M", 60)]),
    st.sampled_from([".", ","]),
)
def test_a_fraction_is_exact(number: Decimal, unit: tuple[str, int], mark: str) -> None:
    form, seconds = unit
    length = timedelta(microseconds=int(number * seconds * 1_000_000))
    assert durations.parse(form.format(number).replace(".", mark)) == length


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
        "P1.5DT1H",
        "PT1.5H30M",
        "PT1.5H1S",
        "PT1.5M1S",
        "PT1H1.5M1S",
        "P1.5W1D",
        "PT1.5",
        "P.5D",
        "P1.D",
        "PT1..5H",
        "PT1.,5H",
        "PT1.5.5H",
        "P1.5Y",
        "PT1.0000000001H",
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
