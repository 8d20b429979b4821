"""A network between the service and PostgreSQL that can fail."""

import asyncio
from contextlib import suppress

from calendar_scheduler.config import Settings


class Proxy:
    """A TCP proxy in front of PostgreSQL that can freeze, or cut at a chosen point."""

    dsn: str
    """The address of the proxy."""
    settings: Settings
    """The test's settings, with that DSN."""

    def __init__(self, host: str, port: int) -> None:
        self._upstream = (host, port)
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._connections: set[asyncio.Task[None]] = set()
        self.cut_at: bytes | None = None
        """The connection is cut when the client sends these bytes, before the answer."""
        self.delivers_cut = True
        """Whether the server receives these bytes before the cut."""

    def freeze(self) -> None:
        self._flowing.clear()

    def cut(self) -> None:
        for connection in self._connections:
            connection.cancel()

    async def close(self) -> None:
        self.cut()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        server_reader, server_writer = await asyncio.open_connection(*self._upstream)
        upwards = asyncio.create_task(self._pump(reader, server_writer, is_client=True))
        downwards = asyncio.create_task(self._pump(server_reader, writer, is_client=False))
        try:
            await asyncio.wait([upwards, downwards], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in (upwards, downwards):
                pump.cancel()
            # Written data still reaches the server; the client receives nothing more.
            server_writer.close()
            writer.transport.abort()
            self._connections.discard(task)

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_client: bool
    ) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65_536):
                await self._flowing.wait()
                is_cut = is_client and self.cut_at is not None and self.cut_at in data
                if not is_cut or self.delivers_cut:
                    writer.write(data)
                    await writer.drain()
                if is_cut:
                    self.cut_at = None
                    return
