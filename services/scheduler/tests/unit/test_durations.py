from datetime import timedelta

import pytest

from calendar_scheduler import durations


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("P365D", timedelta(days=365)),
        ("P2W", timedelta(weeks=2)),
        ("P1DT12H", timedelta(days=1, hours=12)),
        ("PT1H30M", timedelta(hours=1, minutes=30)),
        ("PT0.25S", timedelta(milliseconds=250)),
        ("0.25", timedelta(milliseconds=250)),
        ("60", timedelta(minutes=1)),
        ("250ms", timedelta(milliseconds=250)),
        ("1.5s", timedelta(seconds=1.5)),
        ("15m", timedelta(minutes=15)),
        ("1h", timedelta(hours=1)),
        ("365d", timedelta(days=365)),
        (0.25, timedelta(milliseconds=250)),
        (3600, timedelta(hours=1)),
    ],
)
def test_reads(value: object, expected: timedelta) -> None:
    assert durations.parse(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        "",
        "P",
        "PT",
        "P1DT",
        "P1Y",
        "P1M",
        "1 day",
        "-1",
        "-PT1S",
        "0:15",
        "5 s",
        "1y",
        "s",
        "P1.5D",
        True,
        None,
        [],
    ],
)
def test_refuses(value: object) -> None:
    with pytest.raises(ValueError, match="must be an ISO 8601 duration"):
        durations.parse(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "P999999999W"])
def test_refuses_what_no_duration_can_hold(value: object) -> None:
    with pytest.raises(ValueError, match=r"must be|too long"):
        durations.parse(value)
