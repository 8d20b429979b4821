"""The proxy breaks a connection in each way that it says, and no other."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from calendar_faults.proxy import CHUNK, Proxy
from calendar_faults.waiting import until
from calendar_local.ports import HOST, free_port

SECONDS = 30
NOTHING_SECONDS = 0.1
"""How long nothing has to come for it to be nothing."""


class Echo:
    """A server that says what it hears, and remembers it."""

    def __init__(self) -> None:
        self.port = 0
        self.heard = b""
        self.there = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.there += 1
        try:
            while data := await reader.read(CHUNK):
                self.heard += data
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            self.there -= 1
            writer.transport.abort()


class Caller:
    """One connection by way of the proxy."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def say(self, words: bytes) -> None:
        self._writer.write(words)

    async def hears(self, words: bytes) -> bool:
        async with asyncio.timeout(SECONDS):
            return await self._reader.readexactly(len(words)) == words

    async def hears_nothing(self) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(NOTHING_SECONDS):
                await self._reader.read(1)
                return False
        return True

    async def is_cut_off(self) -> bool:
        """Waits for the end of the connection; nothing comes before it."""
        try:
            async with asyncio.timeout(SECONDS):
                return await self._reader.read() == b""
        except ConnectionError:
            return True


@pytest.fixture
async def echo() -> AsyncIterator[Echo]:
    server = Echo()
    listening = await asyncio.start_server(server.serve, HOST, 0)
    server.port = listening.sockets[0].getsockname()[1]
    yield server
    listening.close()
    await until_so(lambda: server.there == 0)


@pytest.fixture
async def proxy(echo: Echo) -> AsyncIterator[Proxy]:
    async with Proxy(listen=free_port(), connect=echo.port).running() as running:
        yield running


@asynccontextmanager
async def calling(proxy: Proxy) -> AsyncIterator[Caller]:
    reader, writer = await asyncio.open_connection(HOST, proxy.port)
    try:
        yield Caller(reader, writer)
    finally:
        writer.transport.abort()


async def is_turned_away(proxy: Proxy) -> bool:
    """Whether a connection ends before anything comes, be it while it is made."""
    try:
        async with calling(proxy) as caller:
            return await caller.is_cut_off()
    except ConnectionError:
        return True


async def until_so(look: Callable[[], bool]) -> None:
    async def looking() -> bool:
        return look()

    await until(looking, seconds=SECONDS, what="it is so")


async def greet(caller: Caller) -> None:
    caller.say(b"hello")
    assert await caller.hears(b"hello")


async def test_everything_passes_both_ways(proxy: Proxy) -> None:
    much = bytes(range(256)) * (CHUNK // 64)
    async with calling(proxy) as one, calling(proxy) as other:
        one.say(much)
        await greet(other)

        assert await one.hears(much)


async def test_the_end_of_a_client_reaches_the_server(proxy: Proxy, echo: Echo) -> None:
    async with calling(proxy) as caller:
        await greet(caller)
        assert echo.there == 1

    await until_so(lambda: echo.there == 0)


async def test_a_server_that_is_not_there_ends_the_connection() -> None:
    async with Proxy(listen=free_port(), connect=free_port()).running() as proxy:
        assert await is_turned_away(proxy)


async def test_connections_end_with_the_proxy(echo: Echo) -> None:
    async with Proxy(listen=free_port(), connect=echo.port).running() as proxy:
        reader, writer = await asyncio.open_connection(HOST, proxy.port)
        caller = Caller(reader, writer)
        await greet(caller)

    assert await caller.is_cut_off()
    writer.transport.abort()


async def test_cut_ends_what_is_there_and_what_comes(proxy: Proxy, echo: Echo) -> None:
    async with calling(proxy) as caller:
        await greet(caller)
        proxy.cut()

        assert await caller.is_cut_off()
        assert await is_turned_away(proxy)
        assert echo.heard == b"hello"

    proxy.heal()
    async with calling(proxy) as later:
        await greet(later)


async def test_drop_ends_what_is_there_only(proxy: Proxy) -> None:
    async with calling(proxy) as caller:
        await greet(caller)
        proxy.drop()

        assert await caller.is_cut_off()
    async with calling(proxy) as next_one:
        await greet(next_one)


async def test_another_server_takes_the_place_of_the_first(proxy: Proxy, echo: Echo) -> None:
    other = Echo()
    listening = await asyncio.start_server(other.serve, HOST, 0)
    async with calling(proxy) as before:
        before.say(b"before")
        assert await before.hears(b"before")
        proxy.lead_to(listening.sockets[0].getsockname()[1])
        assert await before.is_cut_off()
    async with calling(proxy) as after:
        after.say(b"after")
        assert await after.hears(b"after")
    assert (echo.heard, other.heard) == (b"before", b"after")
    listening.close()
    await until_so(lambda: other.there == 0)


async def test_swallow_lets_nothing_through_until_all_is_well(proxy: Proxy, echo: Echo) -> None:
    async with calling(proxy) as caller:
        await greet(caller)
        proxy.swallow()
        caller.say(b"lost?")

        assert await caller.hears_nothing()
        assert echo.heard == b"hello"
        proxy.heal()
        assert await caller.hears(b"lost?")


async def test_swallow_takes_new_connections_nowhere(proxy: Proxy, echo: Echo) -> None:
    proxy.swallow()
    async with calling(proxy) as caller:
        caller.say(b"hello")

        assert await caller.hears_nothing()
        assert echo.there == 0
        proxy.heal()
        assert await caller.hears(b"hello")


async def test_half_open_is_heard_and_hears_nothing(proxy: Proxy, echo: Echo) -> None:
    proxy.swallow_answers()
    async with calling(proxy) as caller:
        caller.say(b"hello")
        await until_so(lambda: echo.heard == b"hello")

        assert await caller.hears_nothing()
        proxy.heal()
        assert await caller.hears(b"hello")


async def test_slow_takes_so_much_longer_either_way(proxy: Proxy) -> None:
    now = asyncio.get_running_loop().time
    async with calling(proxy) as caller:
        await greet(caller)
        proxy.slow_down(0.05)
        started = now()
        await greet(caller)
        slow = now() - started

    assert slow >= 0.1


async def test_a_trap_cuts_after_the_request_went_through(proxy: Proxy, echo: Echo) -> None:
    trap = proxy.set_trap(b"COMMIT", "cut")
    async with calling(proxy) as caller, calling(proxy) as other:
        await greet(caller)
        assert not trap.sprung.is_set()
        caller.say(b"please COMMIT;")

        assert await caller.is_cut_off()
        assert trap.sprung.is_set()
        assert echo.heard == b"helloplease COMMIT;"
        # It springs once, and for the others nothing has happened.
        other.say(b"COMMIT;")
        assert await other.hears(b"COMMIT;")


async def test_a_trap_silences_everybody_after_the_request_went_through(
    proxy: Proxy, echo: Echo
) -> None:
    trap = proxy.set_trap(b"COMMIT", "silence")
    async with calling(proxy) as caller, calling(proxy) as other:
        await greet(other)
        caller.say(b"COMMIT;")
        async with asyncio.timeout(SECONDS):
            await trap.sprung.wait()
        await until_so(lambda: echo.heard == b"helloCOMMIT;")
        other.say(b"anybody?")

        assert await caller.hears_nothing()
        assert await other.hears_nothing()
        proxy.heal()
        assert await caller.hears(b"COMMIT;")
        assert await other.hears(b"anybody?")


async def test_healing_takes_traps_away(proxy: Proxy) -> None:
    trap = proxy.set_trap(b"COMMIT", "cut")
    proxy.heal()
    async with calling(proxy) as caller:
        caller.say(b"COMMIT;")

        assert await caller.hears(b"COMMIT;")
        assert not trap.sprung.is_set()
