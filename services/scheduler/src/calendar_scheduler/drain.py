"""Finishing the work in progress when the service stops."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

log = structlog.stdlib.get_logger(__name__)


@asynccontextmanager
async def drain(stop: asyncio.Event, seconds: float) -> AsyncIterator[None]:
    """Let the block finish by itself after `stop` is set; cancel it `seconds` later."""

    deadline = asyncio.timeout(None)

    async def begin() -> None:
        await stop.wait()
        deadline.reschedule(asyncio.get_running_loop().time() + seconds)

    try:
        async with deadline:
            waiting = asyncio.create_task(begin())
            try:
                yield
            finally:
                waiting.cancel()
    except TimeoutError:
        if not deadline.expired():
            raise
        log.warning("drain_cut_short")
