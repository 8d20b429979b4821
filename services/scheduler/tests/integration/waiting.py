"""Waiting for a condition, with a deadline."""

import asyncio
from collections.abc import Awaitable, Callable


async def eventually(holds: Callable[[], Awaitable[bool]], *, within: float = 30) -> None:
    """Wait for a condition; fail if it does not hold in time."""
    async with asyncio.timeout(within):
        while not await holds():  # noqa: ASYNC110 - no event to wait for
            await asyncio.sleep(0.02)
