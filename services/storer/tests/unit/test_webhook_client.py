"""What a Retry-After header means."""

from datetime import UTC, datetime

import pytest

from calendar_storer.webhooks.client import retry_after

NOW = datetime(2026, 11, 28, 12, 0, 0, tzinfo=UTC)
DAY = 86_400


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("0", 0),
        ("120", 120),
        (" 120 ", 120),
        ("86400", DAY),
        ("86401", DAY),
        ("9" * 5000, DAY),
        ("Sat, 28 Nov 2026 12:05:00 GMT", 300),
        ("Sat, 28 Nov 2026 13:05:00 +0100", 300),
        ("Saturday, 28-Nov-26 12:05:00 GMT", 300),
        ("Sat Nov 28 12:05:00 2026", 300),
        ("Sat, 28 Nov 2026 11:00:00 GMT", 0),
        ("Mon, 28 Nov 2044 12:05:00 GMT", DAY),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("٣", None),
        ("Sat, 99 Nov 2026 12:05:00 GMT", None),
        ("Sat, 28 Nov 99999 12:05:00 GMT", None),
        ("x" * 8000, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, now=NOW) == seconds
