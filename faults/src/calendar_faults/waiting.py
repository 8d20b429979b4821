"""The one place where the suite waits: for a condition, up to a deadline."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

T = TypeVar("T")

_PAUSE: Final = 0.05

SLOWER: Final = 3
"""What is promised within a time may take so many times as long: machines that others use as well
are slower now and then, and stand still for seconds. What never comes is missed all the same."""


async def until(look: Callable[[], Awaitable[T | None]], *, seconds: float, what: str) -> T:
    """Looks again and again until it sees something truthy, and returns that.

    `seconds` is what is promised, of a machine that has nothing else to do.

    Raises:
        AssertionError: the deadline passed first; says `what` was waited for, and what was seen.
    """
    deadline = time.monotonic() + seconds * SLOWER
    while not (seen := await look()):
        assert time.monotonic() < deadline, (
            f"Waited {seconds * SLOWER:g} s in vain: {what}. Seen: {seen!r}"
        )
        await asyncio.sleep(_PAUSE)
    return seen


async def lasting(seconds: float) -> None:
    """For so long a fault lasts, or people use what there is: there is no condition to wait for."""
    await asyncio.sleep(seconds)
