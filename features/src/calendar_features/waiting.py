"""The one place where a scenario waits: for a condition, up to a deadline."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

T = TypeVar("T")

PAUSE: Final = 0.02
"""Seconds between two looks."""

STANDSTILL: Final = 5.0
"""Seconds that a machine may lose, which others use as well, while something is measured."""


def wait_until(look: Callable[[], T], *, seconds: float, what: str, pause: float = PAUSE) -> T:
    """Looks again and again until it sees something truthy, and returns that.

    Raises:
        AssertionError: the deadline passed first; says `what` was waited for, and what was seen.
    """
    deadline = time.monotonic() + seconds
    while not (seen := look()):
        assert time.monotonic() < deadline, f"Waited {seconds:g} s in vain: {what}. Seen: {seen!r}"
        time.sleep(pause)
    return seen
