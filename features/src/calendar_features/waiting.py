"""Waiting for a condition with a deadline."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

T = TypeVar("T")

POLL_INTERVAL: Final = 0.02
"""Seconds between two checks."""

STALL_ALLOWANCE: Final = 5.0
"""Seconds added to measured limits, because the machine under test may stall."""


def wait_until(
    check: Callable[[], T], *, seconds: float, what: str, interval: float = POLL_INTERVAL
) -> T:
    """Calls `check` until it returns something truthy, and returns that.

    Raises:
        AssertionError: the deadline passed; the message has `what` and the last result.
    """
    deadline = time.monotonic() + seconds
    while not (result := check()):
        assert time.monotonic() < deadline, (
            f"Timed out after {seconds:g} s: {what}. Last: {result!r}"
        )
        time.sleep(interval)
    return result
