"""The proxy injects each fault of a network, and no other."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from calendar_faults.proxy import CHUNK, Proxy
from calendar_faults.waiting import wait_until
from calendar_local.ports import HOST, free_port

SECONDS = 30
NOTHING_SECONDS = 0.1
"""How long no byte has to arrive."""


class Echo:
    """A server that returns what it receives, and remembers it."""

    def __init__(self) -> None:
        self.received = b""
        self.connections = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while data := await reader.read(CHUNK):
                self.received += data
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            self.connections -= 1
            writer.transport.abort()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[int]:
        server = await asyncio.start_server(self.serve, HOST, 0)
        yield server.sockets[0].getsockname()[1]
        server.close()
        await wait_until_so(lambda: self.connections == 0)


class Client:
    """One connection through the proxy."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def send(self, data: bytes) -> None:
        self._writer.write(data)

    async def receives(self, data: bytes) -> bool:
        async with asyncio.timeout(SECONDS):
            return await self._reader.readexactly(len(data)) == data

    async def receives_nothing(self) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(NOTHING_SECONDS):
                await self._reader.read(1)
                return False
        return True

    async def is_disconnected(self) -> bool:
        """Waits for the end of the connection; nothing is received before it."""
        try:
            async with asyncio.timeout(SECONDS):
                return await self._reader.read() == b""
        except ConnectionError:
            return True

    async def echo(self, data: bytes = b"hello") -> None:
        self.send(data)
        assert await self.receives(data)


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
async def proxy(echo: Echo) -> AsyncIterator[Proxy]:
    async with (
        echo.listening() as port,
        Proxy(listen=free_port(), connect=port).running() as running,
    ):
        yield running


@asynccontextmanager
async def connected(proxy: Proxy) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection(HOST, proxy.port)
    try:
        yield Client(reader, writer)
    finally:
        writer.transport.abort()


async def is_refused(proxy: Proxy) -> bool:
    """Whether a connection ends before anything is received."""
    try:
        async with connected(proxy) as client:
            return await client.is_disconnected()
    except ConnectionError:
        return True


async def wait_until_so(condition: Callable[[], bool]) -> None:
    async def is_so() -> bool:
        return condition()

    await wait_until(is_so, seconds=SECONDS, what="the condition holds")


async def test_everything_passes_in_both_directions(proxy: Proxy) -> None:
    async with connected(proxy) as one, connected(proxy) as other:
        one.send(bytes(range(256)) * (CHUNK // 64))
        await other.echo()

        assert await one.receives(bytes(range(256)) * (CHUNK // 64))


async def test_cut_ends_existing_and_new_connections(proxy: Proxy, echo: Echo) -> None:
    async with connected(proxy) as client:
        await client.echo()
        proxy.cut()

        assert await client.is_disconnected()
        assert await is_refused(proxy)
        assert echo.received == b"hello"

    proxy.heal()
    async with connected(proxy) as later:
        await later.echo()


async def test_disconnect_ends_existing_connections_only(proxy: Proxy) -> None:
    async with connected(proxy) as client:
        await client.echo()
        proxy.disconnect()

        assert await client.is_disconnected()
    async with connected(proxy) as later:
        await later.echo()


async def test_redirect_leads_to_another_server(proxy: Proxy, echo: Echo) -> None:
    other = Echo()
    async with other.listening() as port:
        async with connected(proxy) as before:
            await before.echo(b"before")
            proxy.redirect(port)
            assert await before.is_disconnected()
        async with connected(proxy) as after:
            await after.echo(b"after")
    assert (echo.received, other.received) == (b"before", b"after")


@pytest.mark.parametrize("is_new", [False, True])
async def test_lost_packets_arrive_after_the_fault(proxy: Proxy, echo: Echo, is_new: bool) -> None:
    if is_new:
        proxy.drop_packets()
    async with connected(proxy) as client:
        if not is_new:
            await client.echo()
            proxy.drop_packets()
        received = echo.received
        client.send(b"lost?")

        assert await client.receives_nothing()
        assert echo.received == received
        proxy.heal()
        assert await client.receives(b"lost?")


async def test_half_open_passes_requests_only(proxy: Proxy, echo: Echo) -> None:
    proxy.drop_answers()
    async with connected(proxy) as client:
        client.send(b"hello")
        await wait_until_so(lambda: echo.received == b"hello")

        assert await client.receives_nothing()
        proxy.heal()
        assert await client.receives(b"hello")


async def test_delay_applies_in_both_directions(proxy: Proxy) -> None:
    now = asyncio.get_running_loop().time
    async with connected(proxy) as client:
        await client.echo()
        proxy.delay(0.05)
        started = now()
        await client.echo()
        slow = now() - started

    assert slow >= 0.1


async def test_a_trap_cuts_one_connection_after_the_request(proxy: Proxy, echo: Echo) -> None:
    trap = proxy.set_trap(b"COMMIT", "cut")
    async with connected(proxy) as client, connected(proxy) as other:
        await client.echo()
        assert not trap.triggered.is_set()
        client.send(b"please COMMIT;")

        assert await client.is_disconnected()
        assert trap.triggered.is_set()
        assert echo.received == b"helloplease COMMIT;"
        # It is triggered once, and does not concern other connections.
        await other.echo(b"COMMIT;")


async def test_a_trap_silences_all_connections_after_the_request(proxy: Proxy, echo: Echo) -> None:
    trap = proxy.set_trap(b"COMMIT", "silence")
    async with connected(proxy) as client, connected(proxy) as other:
        await other.echo()
        client.send(b"COMMIT;")
        async with asyncio.timeout(SECONDS):
            await trap.triggered.wait()
        await wait_until_so(lambda: echo.received == b"helloCOMMIT;")
        other.send(b"hello?")

        assert await client.receives_nothing()
        assert await other.receives_nothing()
        proxy.heal()
        assert await client.receives(b"COMMIT;")
        assert await other.receives(b"hello?")


async def test_heal_removes_traps(proxy: Proxy) -> None:
    trap = proxy.set_trap(b"COMMIT", "cut")
    proxy.heal()
    async with connected(proxy) as client:
        await client.echo(b"COMMIT;")
        assert not trap.triggered.is_set()
