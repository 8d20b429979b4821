"""Retries, with growing pauses, while a dependency is unavailable."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from calendar_storer.errors import Aborted, Unavailable
from calendar_storer.observability.outages import Outages

FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 5.0

T = TypeVar("T")


async def retry_until_available(
    step: Callable[[], Awaitable[T]],
    *kinds: type[Unavailable],
    outages: Outages,
    stop: asyncio.Event,
    seconds: float = math.inf,
    longest_pause: float = LONGEST_PAUSE,
    by: str = "",
) -> T:
    """Does `step`; repeats it, with growing pauses, while it raises one of `kinds`.

    `by` is who needs the dependency, for `outages`.

    Raises:
        Aborted: it did not succeed within `seconds`, or the service is stopping.
    """
    end = time.monotonic() + seconds
    delay = FIRST_PAUSE
    while not stop.is_set() and time.monotonic() < end:
        try:
            result = await step()
        except kinds as error:
            outages.failed(error, by=by)
        else:
            outages.over(*kinds, by=by)
            return result
        await pause(delay, stop)
        delay = min(2 * delay, longest_pause)
    raise Aborted


async def pause(seconds: float, stop: asyncio.Event) -> None:
    """Sleeps, until the service stops at the latest."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
