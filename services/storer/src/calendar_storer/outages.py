"""Waits for what the Storer needs: one log line when it goes away, one when it is back."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import structlog

from calendar_storer.errors import Aborted, Unavailable
from calendar_storer.observability.metrics import Metrics

log = structlog.stdlib.get_logger(__name__)

FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 5.0

T = TypeVar("T")


class Outages:
    """What is away at the moment, and since when."""

    def __init__(self, metrics: Metrics, stop: asyncio.Event) -> None:
        self._metrics = metrics
        self._stop = stop
        self._since: dict[str, float] = {}

    def failed(self, error: Unavailable) -> None:
        """Notes that something was away."""
        self._metrics.failures.labels(error.dependency).inc()
        if error.dependency not in self._since:
            self._since[error.dependency] = time.monotonic()
            self._metrics.waiting.labels(error.dependency).set(1)
            log.warning("dependency_unavailable", dependency=error.dependency, reason=str(error))

    def over(self, *kinds: type[Unavailable]) -> None:
        """Notes that it answered."""
        for dependency in {kind.dependency for kind in kinds} & self._since.keys():
            seconds = time.monotonic() - self._since.pop(dependency)
            self._metrics.waiting.labels(dependency).set(0)
            log.info("dependency_available", dependency=dependency, seconds=round(seconds, 3))

    def is_away(self, kind: type[Unavailable]) -> bool:
        """Whether it was away when it was last asked."""
        return kind.dependency in self._since

    async def outlast(
        self,
        step: Callable[[], Awaitable[T]],
        *kinds: type[Unavailable],
        seconds: float = math.inf,
        longest_pause: float = LONGEST_PAUSE,
    ) -> T:
        """Does `step`, again and again with growing pauses while it raises one of `kinds`.

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
        """Sleeps, but not into the service's stop."""
        try:
            async with asyncio.timeout(seconds):
                await self._stop.wait()
        except TimeoutError:
            return
