"""What every call does with the database: it ends in time, and a read is repeated once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from calendar_api.database.options import REQUEST_SECONDS
from calendar_api.errors import ConnectionLost, DatabaseUnavailable

T = TypeVar("T")


@asynccontextmanager
async def time_limit() -> AsyncIterator[None]:
    """Ends the block with an error that a client may repeat, before the request's time is up."""
    try:
        async with asyncio.timeout(REQUEST_SECONDS):
            yield
    except TimeoutError:
        raise DatabaseUnavailable("the request's time was up") from None


async def repeat_read(read: Callable[[], Awaitable[T]]) -> T:
    """Repeats a read once if its connection has been lost, possibly before the read."""
    try:
        return await read()
    except ConnectionLost:
        return await read()
