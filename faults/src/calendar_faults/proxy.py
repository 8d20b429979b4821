"""A TCP proxy between one service and one server, for the faults of a network."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from calendar_local.ports import HOST

CHUNK: Final = 64 * 1024

Effect = Literal["cut", "silence"]


@dataclass
class Trap:
    """Waits for a request that contains `marker`, and springs once.

    `cut`: the request is passed on, and the connection cut before the answer gets through.
    `silence`: the request is passed on, and nothing more is, either way, on any connection.
    """

    marker: bytes
    effect: Effect
    sprung: asyncio.Event = field(default_factory=asyncio.Event)


class Proxy:
    """Passes bytes between clients and one server, as long as its network is well."""

    def __init__(self, *, listen: int, connect: int) -> None:
        self.port = listen
        self._upstream = connect
        self._open = asyncio.Event()
        self._answers_pass = asyncio.Event()
        self._refuses = False
        self._delay = 0.0
        self._traps: list[Trap] = []
        self._writers = set[asyncio.StreamWriter]()
        self.heal()

    def heal(self) -> None:
        """All is well again, for the connections that there still are too."""
        self._open.set()
        self._answers_pass.set()
        self._refuses = False
        self._delay = 0.0
        self._traps.clear()

    def cut(self) -> None:
        """Ends every connection, and each new one at once."""
        self._refuses = True
        self.drop()

    def drop(self) -> None:
        """Ends every connection; new ones are welcome."""
        for writer in self._writers:
            writer.transport.abort()

    def swallow(self) -> None:
        """Takes everything and passes nothing on, as a network that drops packets does."""
        self._open.clear()

    def swallow_answers(self) -> None:
        """Half-open: the server hears its clients, and they hear nothing."""
        self._answers_pass.clear()

    def lead_to(self, port: int) -> None:
        """The server is another one from now on; connections to the old one end."""
        self._upstream = port
        self.drop()

    def slow_down(self, seconds: float) -> None:
        """Each piece of data takes so much longer, either way."""
        self._delay = seconds

    def set_trap(self, marker: bytes, effect: Effect) -> Trap:
        """The next request that contains `marker` springs it."""
        trap = Trap(marker, effect)
        self._traps.append(trap)
        return trap

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Proxy"]:
        """Listens for as long as the context lasts."""
        tasks = set[asyncio.Task[None]]()

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.ensure_future(self._serve(reader, writer))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        server = await asyncio.start_server(accept, HOST, self.port)
        try:
            yield self
        finally:
            server.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            await self._connect(reader, writer)
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refuses:
            return
        # A network that drops packets completes no connection either.
        await self._open.wait()
        try:
            up_reader, up_writer = await asyncio.open_connection(HOST, self._upstream)
        except OSError:
            return
        self._writers.add(up_writer)
        cut = asyncio.Event()
        try:
            await _first_to_end(
                self._pass_requests(reader, up_writer, cut),
                self._pass_answers(up_reader, writer, cut),
            )
        finally:
            self._writers.discard(up_writer)
            up_writer.transport.abort()

    async def _pass_requests(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cut: asyncio.Event
    ) -> None:
        while data := await reader.read(CHUNK):
            await self._open.wait()
            await asyncio.sleep(self._delay)
            for trap in [trap for trap in self._traps if trap.marker in data]:
                self._traps.remove(trap)
                if trap.effect == "cut":
                    cut.set()
                else:
                    self.swallow()
                trap.sprung.set()
            writer.write(data)
            await writer.drain()

    async def _pass_answers(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cut: asyncio.Event
    ) -> None:
        while data := await reader.read(CHUNK):
            # The answer has come this far: what was asked for is done.
            if cut.is_set():
                return
            await self._open.wait()
            await self._answers_pass.wait()
            await asyncio.sleep(self._delay)
            writer.write(data)
            await writer.drain()


async def _first_to_end(*passing: Coroutine[Any, Any, None]) -> None:
    """Returns when either direction is at its end; the other one is at its end, too, then."""
    tasks = [asyncio.ensure_future(each) for each in passing]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(ConnectionError, asyncio.CancelledError):
                await task
