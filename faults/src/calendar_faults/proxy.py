"""A TCP proxy between one service and one server, which injects faults of a network."""

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
    """Waits for a request that contains `marker`, and is triggered once.

    `cut`: the request is passed on, and the connection is cut before the answer passes.
    `silence`: the request is passed on, and nothing else in either direction on any connection.
    """

    marker: bytes
    effect: Effect
    triggered: asyncio.Event = field(default_factory=asyncio.Event)


class Proxy:
    """Passes bytes between clients and one server until a fault is injected."""

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
        """End all faults, for existing connections too."""
        self._open.set()
        self._answers_pass.set()
        self._refuses = False
        self._delay = 0.0
        self._traps.clear()

    def cut(self) -> None:
        """End every connection, and each new one at once."""
        self._refuses = True
        self.disconnect()

    def disconnect(self) -> None:
        """End every connection; new ones are accepted."""
        for writer in self._writers:
            writer.transport.abort()

    def drop_packets(self) -> None:
        """Accept everything and pass nothing on, like a network that loses packets."""
        self._open.clear()

    def drop_answers(self) -> None:
        """Half-open: requests pass, answers do not."""
        self._answers_pass.clear()

    def redirect(self, port: int) -> None:
        """Connect to another server from now on, and end connections to the old one."""
        self._upstream = port
        self.disconnect()

    def delay(self, seconds: float) -> None:
        """Delay each piece of data in both directions."""
        self._delay = seconds

    def set_trap(self, marker: bytes, effect: Effect) -> Trap:
        """The next request that contains `marker` triggers the trap."""
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
        # A network that loses packets completes no connection either.
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
                    self.drop_packets()
                trap.triggered.set()
            writer.write(data)
            await writer.drain()

    async def _pass_answers(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cut: asyncio.Event
    ) -> None:
        while data := await reader.read(CHUNK):
            # The server has answered, so the request was carried out.
            if cut.is_set():
                return
            await self._open.wait()
            await self._answers_pass.wait()
            await asyncio.sleep(self._delay)
            writer.write(data)
            await writer.drain()


async def _first_to_end(*passing: Coroutine[Any, Any, None]) -> None:
    """Return when one direction has ended, and end the other one."""
    tasks = [asyncio.ensure_future(each) for each in passing]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(ConnectionError, asyncio.CancelledError):
                await task
