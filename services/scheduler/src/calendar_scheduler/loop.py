"""How every loop of the service runs: step by step, each with a deadline, until told to stop."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from calendar_scheduler.errors import Unavailable
from calendar_scheduler.metrics import Metrics
from calendar_scheduler.observability.outages import Outages

log = structlog.stdlib.get_logger(__name__)

STEP_SECONDS: Final = 30.0
"""No step takes so long; one that did would stall its loop unseen."""

Step = Callable[[], Awaitable[float]]
"""Does some work; returns after how many seconds it wants to be called again."""


class Backoff:
    """Delays while something fails: a quarter of a second, doubled each time up to five seconds."""

    FIRST: Final = 0.25
    MOST: Final = 5.0

    def __init__(self) -> None:
        self._delay = self.FIRST

    def next(self) -> float:
        """Seconds to wait after another failure."""
        delay, self._delay = self._delay, min(self._delay * 2, self.MOST)
        return spread(delay)

    def reset(self) -> None:
        """It works again."""
        self._delay = self.FIRST


async def repeat(
    name: str, step: Step, *, stop: asyncio.Event, outages: Outages, metrics: Metrics
) -> None:
    """Calls `step` again and again until `stop` is set. No failure of a step ends the loop."""
    backoff = Backoff()
    while not stop.is_set():
        try:
            async with asyncio.timeout(STEP_SECONDS):
                delay = await step()
        except Unavailable as error:
            outages.failed(error, by=name)
            metrics.loop_failures.labels(name).inc()
            delay = backoff.next()
        except Exception:
            log.exception("step_failed", loop=name)
            metrics.loop_failures.labels(name).inc()
            delay = backoff.next()
        else:
            outages.over(by=name)
            metrics.loop_last_success.labels(name).set_to_current_time()
            backoff.reset()
        await _pause(delay, stop)


async def _pause(seconds: float, stop: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return


def spread(seconds: float) -> float:
    """About as long, by 10 % less or more, so that several schedulers do not go in step."""
    return seconds * random.uniform(0.9, 1.1)  # noqa: S311 - not for secrets
