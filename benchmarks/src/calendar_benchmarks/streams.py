"""Clients of the Storer's streams: they connect, and note how late each notification is."""

import asyncio
import json
import resource
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Final

from calendar_benchmarks.load import LoadError
from calendar_local.ports import HOST

TIMEOUT_SECONDS: Final = 60.0

_AT_ONCE: Final = 50
"""Connections that are opened at the same time."""
_OTHER_FILES: Final = 256


class Streams:
    """Open streams, one for each user."""

    def __init__(self) -> None:
        self.late_ms: list[float] = []
        """From `stored_at` to the client, for each notification."""
        self._received = asyncio.Event()

    async def until_received(self, count: int) -> None:
        """Wait for `count` notifications in all.

        Raises:
            TimeoutError: it took too long.
        """
        async with asyncio.timeout(TIMEOUT_SECONDS):
            while len(self.late_ms) < count:
                self._received.clear()
                await self._received.wait()

    async def follow(self, reader: asyncio.StreamReader) -> None:
        """Note what arrives on a stream, until it ends."""
        async for line in reader:
            if line.startswith(b"data: "):
                stored_at = datetime.fromisoformat(json.loads(line[6:])["stored_at"])
                self.late_ms.append((datetime.now(UTC) - stored_at).total_seconds() * 1000)
                self._received.set()


@asynccontextmanager
async def open_streams(port: int, users: Sequence[str]) -> AsyncIterator[Streams]:
    """Follows the streams of these users during the block.

    Raises:
        LoadError: one is refused.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, len(users) + _OTHER_FILES), hard))
    streams = Streams()
    writers: list[asyncio.StreamWriter] = []
    async with asyncio.TaskGroup() as tasks:
        try:
            for first in range(0, len(users), _AT_ONCE):
                some = users[first : first + _AT_ONCE]
                opened = await asyncio.gather(*(_open(port, user) for user in some))
                writers += [writer for _, writer in opened]
                for reader, _ in opened:
                    tasks.create_task(streams.follow(reader))
            yield streams
        finally:
            for writer in writers:
                writer.transport.abort()


async def _open(port: int, user: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection(HOST, port)
    request = f"GET /v1/notifications/stream HTTP/1.1\r\nHost: {HOST}\r\nX-User-Id: {user}\r\n\r\n"
    writer.write(request.encode())
    head = await reader.readuntil(b"\r\n\r\n")
    if b" 200 " not in head.partition(b"\r\n")[0]:
        raise LoadError(f"not the response expected:\n{head.decode(errors='replace')}")
    await reader.readuntil(b"\n\n")  # The first block: the stream is followed from now on.
    return reader, writer
