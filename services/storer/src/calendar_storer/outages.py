"""Retries, with growing pauses, while a dependency is unavailable."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeVar

from calendar_storer.errors import Aborted, Unavailable
from calendar_storer.observability import outages
from calendar_storer.observability.metrics import Metrics

FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 5.0

T = TypeVar("T")


class Outages(outages.Outages):
    """The dependencies that are unavailable, and retries until they are back."""

    def __init__(
        self, metrics: Metrics, stop: asyncio.Event, addresses: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(addresses, failures=metrics.failures, away=metrics.waiting)
        self._stop = stop

    async def retry_until_available(
        self,
        step: Callable[[], Awaitable[T]],
        *kinds: type[Unavailable],
        seconds: float = math.inf,
        longest_pause: float = LONGEST_PAUSE,
    ) -> T:
        """Does `step`; repeats it, with growing pauses, while it raises one of `kinds`.

        Raises:
            Aborted: it did not succeed within `seconds`, or the service is stopping.
        """
        end = time.monotonic() + seconds
        pause = FIRST_PAUSE
        while not self._stop.is_set() and time.monotonic() < end:
            try:
                result = await step()
            except kinds as error:
                self.failed(error)
            else:
                self.over(*kinds)
                return result
            await self.pause(pause)
            pause = min(2 * pause, longest_pause)
        raise Aborted

    async def pause(self, seconds: float) -> None:
        """Sleeps, until the service stops at the latest."""
        try:
            async with asyncio.timeout(seconds):
                await self._stop.wait()
        except TimeoutError:
            return
