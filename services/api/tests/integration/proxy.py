"""A TCP proxy before PostgreSQL that can be slow or silent, or swallow the answer to a COMMIT."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit, urlunsplit

CHUNK: Final = 64 * 1024


@dataclass
class Faults:
    """What the proxy does wrong; tests set it from outside while connections run."""

    delay: float = 0.0
    """Seconds by which every answer is late."""

    silent: bool = False
    """Takes everything and passes nothing on, as a network that drops packets does."""

    silent_from: bytes | None = None
    """Goes silent when a request that contains this comes along."""

    cut_after: bytes | None = None
    """Passes on what contains this, then cuts the connection before the answer. Once."""

    cuts: int = 0
    """How often it has done so."""


class Proxy:
    """Listens on a free port of this machine and passes on to `host:port`."""

    def __init__(self, host: str, port: int) -> None:
        self.faults = Faults()
        self._upstream = (host, port)

    async def serve(self) -> tuple[asyncio.Server, int]:
        """Begins to listen; gives the port."""
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        return server, server.sockets[0].getsockname()[1]

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_connection(*self._upstream)
        cut = asyncio.Event()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._pass_requests(reader, up_writer, cut))
                tasks.create_task(self._pass_answers(up_reader, writer, cut))
        except* (ConnectionError, _Closed):
            pass
        finally:
            for end in (writer, up_writer):
                with suppress(ConnectionError):
                    end.close()

    async def _pass_requests(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cut: asyncio.Event
    ) -> None:
        while data := await self._read(reader):
            if self.faults.silent_from and self.faults.silent_from in data:
                self.faults.silent_from = None
                self.faults.silent = True
            if self.faults.cut_after and self.faults.cut_after in data:
                self.faults.cut_after = None
                self.faults.cuts += 1
                cut.set()
            await self._while_silent()
            writer.write(data)
            await writer.drain()
        raise _Closed

    async def _pass_answers(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cut: asyncio.Event
    ) -> None:
        while data := await self._read(reader):
            if cut.is_set():
                raise _Closed  # The answer came this far, so what was asked for is done.
            await asyncio.sleep(self.faults.delay)
            writer.write(data)
            await writer.drain()
        raise _Closed

    async def _read(self, reader: asyncio.StreamReader) -> bytes:
        data = await reader.read(CHUNK)
        await self._while_silent()
        return data

    async def _while_silent(self) -> None:
        """Returns when the proxy is not silent, or not any more."""
        while self.faults.silent:  # noqa: ASYNC110 # it is set from another thread
            await asyncio.sleep(0.01)


class _Closed(Exception):  # noqa: N818
    """One end is gone, so the other goes too."""


@contextmanager
def proxied(dsn: str) -> Iterator[tuple[str, Faults]]:
    """A DSN that leads through a proxy, and the proxy's faults. It runs in a thread of its own."""
    address = urlsplit(dsn)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        proxy = Proxy(address.hostname or "127.0.0.1", address.port or 5432)
        server, port = asyncio.run_coroutine_threadsafe(proxy.serve(), loop).result(30)
        user = address.netloc.rpartition("@")[0]
        netloc = f"{user}@127.0.0.1:{port}" if user else f"127.0.0.1:{port}"
        yield urlunsplit(address._replace(netloc=netloc)), proxy.faults
        proxy.faults.silent = False
        loop.call_soon_threadsafe(server.close)
    finally:
        asyncio.run_coroutine_threadsafe(_cancel_all(), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()


async def _cancel_all() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
