"""Runs a step again and again, each time with a deadline, until the service stops."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from calendar_storer.errors import Unavailable
from calendar_storer.observability.metrics import Metrics
from calendar_storer.observability.outages import Outages

log = structlog.stdlib.get_logger(__name__)

STEP_SECONDS: Final = 30.0
"""No step should take this long; one that does is cancelled and counted as a failure."""

Step = Callable[[], Awaitable[float]]
"""Does some work; returns the seconds until the next call."""


class Backoff:
    """Delays between failures: a quarter of a second, doubled each time up to five seconds."""

    FIRST: Final = 0.25
    MOST: Final = 5.0

    def __init__(self) -> None:
        self._delay = self.FIRST

    def next(self) -> float:
        """The seconds to wait after another failure."""
        delay, self._delay = self._delay, min(self._delay * 2, self.MOST)
        return jitter(delay)

    def reset(self) -> None:
        """Start again with the shortest delay."""
        self._delay = self.FIRST


async def run_periodically(
    name: str, step: Step, *, stop: asyncio.Event, outages: Outages, metrics: Metrics
) -> None:
    """Call `step` again and again until `stop` is set. A step that fails does not end the loop."""
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


def jitter(seconds: float) -> float:
    """Change a delay by up to 10 %, so that several processes do not poll in step."""
    return seconds * random.uniform(0.9, 1.1)  # noqa: S311 - not for secrets
