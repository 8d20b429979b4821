"""Waiting for what a test expects, with a deadline."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
DEADLINE = 60.0


async def eventually(probe: Callable[[], Awaitable[T]], *, seconds: float = DEADLINE) -> T:
    """The first true answer of `probe`; fails with the last one where none comes in time."""
    answer = await probe()
    end = asyncio.get_running_loop().time() + seconds
    while not answer:
        assert asyncio.get_running_loop().time() < end, f"still {answer!r} after {seconds} s"
        await asyncio.sleep(0.05)
        answer = await probe()
    return answer
