"""A TCP proxy for network failures."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class BlackHole:
    """A TCP proxy that can stop to forward, as a frozen server or a lost network does."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.open.set()

    @asynccontextmanager
    async def before(self, host: str, port: int) -> AsyncIterator[int]:
        """Its port, while it forwards to `host` and `port`."""
        writers: list[asyncio.StreamWriter] = []

        async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while data := await reader.read(65536):
                await self.open.wait()
                writer.write(data)
            writer.close()

        async def connected(near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
            far, forth = await asyncio.open_connection(host, port)
            writers.extend((back, forth))
            await asyncio.gather(pump(near, forth), pump(far, back), return_exceptions=True)

        listener = await asyncio.start_server(connected, "127.0.0.1", 0)
        try:
            yield listener.sockets[0].getsockname()[1]
        finally:
            listener.close()
            self.open.set()
            for writer in writers:
                writer.close()
            await asyncio.gather(
                *(writer.wait_closed() for writer in writers), return_exceptions=True
            )
