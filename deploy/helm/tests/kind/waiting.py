"""The one place where a scenario waits: for a condition, up to a deadline."""

import time
from collections.abc import Callable
from typing import Final

_PAUSE: Final = 0.5
"""Seconds between two looks: each is a process."""


def wait_until(is_so: Callable[[], bool], *, seconds: float, what: str) -> None:
    """Looks again and again until it is so.

    Raises:
        AssertionError: the deadline passed first; says `what` was waited for.
    """
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"Waited {seconds:g} s in vain: {what}"
        time.sleep(_PAUSE)
