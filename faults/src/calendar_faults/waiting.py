"""The one place where the suite waits: for a condition, up to a deadline."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

T = TypeVar("T")

_PAUSE: Final = 0.05


async def until(look: Callable[[], Awaitable[T | None]], *, seconds: float, what: str) -> T:
    """Looks again and again until it sees something truthy, and returns that.

    Raises:
        AssertionError: the deadline passed first; says `what` was waited for, and what was seen.
    """
    deadline = time.monotonic() + seconds
    while not (seen := await look()):
        assert time.monotonic() < deadline, f"Waited {seconds:g} s in vain: {what}. Seen: {seen!r}"
        await asyncio.sleep(_PAUSE)
    return seen


async def lasting(seconds: float) -> None:
    """For so long a fault lasts, or people use what there is: there is no condition to wait for."""
    await asyncio.sleep(seconds)
