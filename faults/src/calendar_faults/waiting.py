"""The one place where the suite waits: for a condition, until a deadline."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

T = TypeVar("T")

_POLL_SECONDS: Final = 0.05

TIME_FACTOR: Final = 3
"""How many times longer than promised the suite waits: shared machines are slow now and then, and
stall for seconds. What never happens still fails."""


async def wait_until(
    condition: Callable[[], Awaitable[T | None]], *, seconds: float, what: str
) -> T:
    """Wait until the condition is truthy, and return its value.

    `seconds` is what is promised on a machine that has nothing else to do.

    Raises:
        AssertionError: the deadline passed first; names `what` was waited for.
    """
    deadline = time.monotonic() + seconds * TIME_FACTOR
    while not (value := await condition()):
        assert time.monotonic() < deadline, (
            f"Not within {seconds * TIME_FACTOR:g} s: {what}. Last value: {value!r}"
        )
        await asyncio.sleep(_POLL_SECONDS)
    return value


async def run_for(seconds: float) -> None:
    """Let a fault last, or the load run, for a time: there is no condition to wait for."""
    await asyncio.sleep(seconds)


async def pause(stop: asyncio.Event, mean: float, rng: random.Random) -> None:
    """Wait a random time, or until `stop` is set."""
    try:
        async with asyncio.timeout(rng.expovariate(1 / mean)):
            await stop.wait()
    except TimeoutError:
        return
