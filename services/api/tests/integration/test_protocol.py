"""What the server answers on the wire, to clients that no HTTP library would be."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http.client import HTTPResponse
from typing import Any

import pytest
import uvicorn
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from tests.conftest import PassTime
from tests.integration.service import Service

from calendar_api.web import bodies, connection_limits
from calendar_api.web.bodies import BodyMiddleware
from calendar_api.web.connection_limits import ConnectionLimits
from calendar_api.web.middleware import RequestIdMiddleware
from calendar_api.web.uvicorn_internals import MAX_HEADER_BYTES, http_protocol

MIB = 1024 * 1024
# The kernel's share of an answer that nobody reads, at either end; the rest is the server's.
KERNEL_BYTES = 64 * 1024
HEAD = b"GET /v1/events/day?date=2026-11-23 HTTP/1.1\r\nHost: calendar\r\n"
FIRST = b"GET /1 HTTP/1.1\r\nHost: calendar\r\n"
SECOND = b"GET /2 HTTP/1.1\r\nHost: calendar\r\n"


def problem_in(answer: bytes, status: int) -> dict[str, Any]:
    """The problem of an answer that ends its connection."""
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode().lower().split("\r\n")
    assert lines[0].startswith(f"http/1.1 {status} ")
    assert "content-type: application/problem+json" in lines
    assert "connection: close" in lines
    assert f"content-length: {len(body)}" in lines
    problem: dict[str, Any] = json.loads(body)
    assert problem["status"] == status
    assert f"x-request-id: {problem['request_id']}" in lines
    return problem


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),  # TLS where none is spoken
        b"NONSENSE /v1/events HTTP/1.1\r\nHost: calendar\r\n\r\n",
        b"GET / v1 HTTP/1.1\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: calendar\r\n\r\n",
        HEAD + b"X: a\x00b\r\n\r\n",
        HEAD + b"Content-Length: -1\r\n\r\n",
        HEAD + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
        HEAD + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_what_is_no_http_is_refused_in_good_form(service: Service, sent: bytes) -> None:
    problem_in(service.exchange(sent), 400)


def test_headers_without_end_are_refused(service: Service) -> None:
    # With the last byte they are too long: none is left unread, which would reset the connection.
    endless = (HEAD + b"X-Long: ").ljust(MAX_HEADER_BYTES + 1, b"a")
    problem_in(service.exchange(endless), 431)


def test_an_absolute_uri_is_its_path(service: Service) -> None:
    request = (
        b"GET http://elsewhere/v1/nothing HTTP/1.1\r\nHost: calendar\r\nConnection: close\r\n\r\n"
    )
    assert service.exchange(request).startswith(b"HTTP/1.1 404 ")


@asynccontextmanager
async def listening(
    app: ASGIApp, max_connections: int = connection_limits.MAX_CONNECTIONS
) -> AsyncIterator[uvicorn.Server]:
    """A server with our protocol, in the loop of the test."""
    config = uvicorn.Config(
        app,
        http=http_protocol(ConnectionLimits(max_connections)),
        lifespan="off",
        log_config=None,
        loop="asyncio",
        ws="none",
        timeout_keep_alive=connection_limits.IDLE_SECONDS,
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BYTES)
        await server.startup(sockets=[listener])
        yield server
        server.force_exit = True
        await server.shutdown(sockets=[listener])


def port_of(server: uvicorn.Server) -> int:
    number: int = server.servers[0].sockets[0].getsockname()[1]
    return number


async def never(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise AssertionError("this has to be refused before")


@pytest.mark.parametrize("size", [MIB + 1, 20 * MIB])
async def test_a_client_that_sends_too_much_gets_its_answer(
    monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(bodies, "DISCARD_SECONDS", 60)
    head = b"POST /v1/events HTTP/1.1\r\nHost: calendar\r\nContent-Type: application/json\r\n"
    length = f"Content-Length: {size}\r\n\r\n".encode()
    chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (size, b" " * size)
    async with listening(RequestIdMiddleware(BodyMiddleware(never, {}))) as server:
        for sent in (
            head + length + b" " * size,
            head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks,
        ):
            assert await asyncio.to_thread(status_after_sending, sent, port_of(server)) == 413


def status_after_sending(sent: bytes, port: int) -> int:
    """Of the answer to a client that reads nothing before it has sent all."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(sent)
        answer = HTTPResponse(connection)
        answer.begin()
        assert json.load(answer)["status"] == answer.status
        return answer.status


async def answer_at_length(scope: Scope, receive: Receive, send: Send) -> None:
    await Response(b"x" * 32 * MIB)(scope, receive, send)


@pytest.fixture
async def talkative() -> AsyncIterator[uvicorn.Server]:
    """A server with long answers."""
    async with listening(answer_at_length) as server:
        yield server


async def connect(
    server: uvicorn.Server,
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A client for which the kernel keeps little."""
    loop = asyncio.get_running_loop()
    client = socket.socket()
    client.setblocking(False)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, KERNEL_BYTES)
    await loop.sock_connect(client, ("127.0.0.1", port_of(server)))
    return await asyncio.open_connection(sock=client, limit=4096)


async def until(is_so: Callable[[], Any]) -> None:
    async with asyncio.timeout(30):
        while not is_so():  # noqa: ASYNC110 - the server has no event for it
            await asyncio.sleep(0.01)


async def rest(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(30):
        return await reader.read()


async def test_headers_that_trickle_are_given_up(
    talkative: uvicorn.Server, monkeypatch: pytest.MonkeyPatch, pass_time: PassTime
) -> None:
    monkeypatch.setattr(connection_limits, "REQUEST_SECONDS", 120)
    reader, writer = await connect(talkative)
    await until(lambda: talkative.server_state.connections)
    [connection] = list[Any](talkative.server_state.connections)
    writer.write(HEAD)
    await until(lambda: connection._header_bytes == len(HEAD))
    await pass_time(connection_limits.REQUEST_SECONDS / 2)
    writer.write(b"X")
    await until(lambda: connection._header_bytes == len(HEAD) + 1)
    await pass_time(connection_limits.REQUEST_SECONDS)
    problem_in(await rest(reader), 408)
    writer.close()


async def test_connection_that_says_nothing_is_closed(
    talkative: uvicorn.Server, pass_time: PassTime
) -> None:
    reader, writer = await connect(talkative)
    await until(lambda: talkative.server_state.connections)
    await pass_time(connection_limits.REQUEST_SECONDS + connection_limits.CHECK_SECONDS)
    assert await rest(reader) == b""
    writer.close()


GET = HEAD + b"\r\n"


async def answer_at_once(scope: Scope, receive: Receive, send: Send) -> None:
    await Response("done")(scope, receive, send)


async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(GET)
    async with asyncio.timeout(30):
        assert await reader.readuntil(b"done")


async def test_idle_connection_is_kept_for_longer_than_gateways_keep_theirs(
    pass_time: PassTime,
) -> None:
    async with listening(answer_at_once) as server:
        reader, writer = await connect(server)
        await exchange(reader, writer)
        await pass_time(60)
        await exchange(reader, writer)
        await pass_time(connection_limits.IDLE_SECONDS + connection_limits.CHECK_SECONDS)
        assert await rest(reader) == b""
        writer.close()


async def test_blank_lines_do_not_keep_an_idle_connection(pass_time: PassTime) -> None:
    async with listening(answer_at_once) as server:
        reader, writer = await connect(server)
        await exchange(reader, writer)
        [connection] = list[Any](server.server_state.connections)
        writer.write(b"\r\n")
        await until(lambda: connection.timeout_keep_alive_task is None)
        await pass_time(connection_limits.IDLE_SECONDS + connection_limits.CHECK_SECONDS)
        assert await rest(reader) == b""
        writer.close()


async def test_headers_of_a_second_request_are_given_up_as_those_of_the_first(
    monkeypatch: pytest.MonkeyPatch, pass_time: PassTime
) -> None:
    monkeypatch.setattr(connection_limits, "IDLE_SECONDS", 3600)
    async with listening(answer_at_once) as server:
        reader, writer = await connect(server)
        await exchange(reader, writer)
        [connection] = list[Any](server.server_state.connections)
        writer.write(HEAD)
        await until(lambda: connection._header_bytes == len(HEAD))
        await pass_time(connection_limits.REQUEST_SECONDS + connection_limits.CHECK_SECONDS)
        problem_in(await rest(reader), 408)
        writer.close()


BODY_OF_A_PROBE = b"POST /healthz HTTP/1.1\r\nHost: calendar\r\nContent-Length: 9\r\n\r\n"


async def test_rest_of_a_body_that_nobody_reads_is_not_waited_for(pass_time: PassTime) -> None:
    async with listening(answer_at_once) as server:
        reader, writer = await connect(server)
        writer.write(BODY_OF_A_PROBE)
        async with asyncio.timeout(30):
            assert await reader.readuntil(b"done")
        [connection] = list[Any](server.server_state.connections)
        writer.write(b"x")
        await until(lambda: connection.timeout_keep_alive_task is None)  # uvicorn's own limit
        await pass_time(connection_limits.REQUEST_SECONDS + connection_limits.CHECK_SECONDS)
        assert await rest(reader) == b""
        writer.close()


async def wait_forever(_scope: Scope, _receive: Receive, _send: Send) -> None:
    await asyncio.Event().wait()


async def test_longest_waiting_connection_makes_room_for_another() -> None:
    async with listening(answer_at_once, max_connections=2) as server:
        clients = [await connect(server) for _ in range(3)]
        assert await rest(clients[0][0]) == b""
        for reader, writer in clients[1:]:
            writer.write(HEAD + b"Connection: close\r\n\r\n")
            assert (await rest(reader)).startswith(b"HTTP/1.1 200 ")
        for _, writer in clients:
            writer.close()


async def test_incomplete_body_makes_room_after_all_idle_connections() -> None:
    async with listening(wait_forever, max_connections=2) as server:
        sending = await connect(server)
        sending[1].write(HEAD + b"Content-Length: 2\r\n\r\nx")
        await until(lambda: server.server_state.tasks)
        idle, in_headers, last = [await connect(server) for _ in range(3)]
        for reader, _ in (idle, in_headers):
            assert await rest(reader) == b""
        last[1].write(HEAD + b"Content-Length: 2\r\n\r\nx")
        await until(lambda: len(server.server_state.tasks) == 2)
        newest = await connect(server)
        assert await rest(sending[0]) == b""
        for _, writer in (sending, idle, in_headers, last, newest):
            writer.close()


async def test_no_request_in_hand_makes_room() -> None:
    async with listening(wait_forever, max_connections=2) as server:
        working = [await connect(server) for _ in range(2)]
        for _, writer in working:
            writer.write(GET)
        await until(lambda: len(server.server_state.tasks) == 2)
        reader, writer = await connect(server)
        answer = await rest(reader)
        problem_in(answer, 503)
        assert b"\r\nretry-after: 1\r\n" in answer.lower()
        assert len(server.server_state.tasks) == 2
        for _, each in [*working, (reader, writer)]:
            each.close()


async def ask_and_not_read(
    server: uvicorn.Server,
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await connect(server)
    writer.write(HEAD + b"Connection: close\r\n\r\n")
    return reader, writer


async def until_one_waits(server: uvicorn.Server) -> Any:
    """The one connection whose client has not read its answer."""

    def waiting() -> list[Any]:
        connections: list[Any] = list(server.server_state.connections)
        return [each for each in connections if each.transport.get_write_buffer_size()]

    await until(lambda: len(waiting()) == 1)
    return waiting()[0]


async def test_a_client_that_does_not_read_is_cut_off(
    talkative: uvicorn.Server, pass_time: PassTime
) -> None:
    _, writer = await ask_and_not_read(talkative)
    await until_one_waits(talkative)
    # The kernel goes on reading for it, until it has its share.
    for _ in range(10):
        await pass_time(connection_limits.READ_SECONDS)
    await until(lambda: not talkative.server_state.connections)
    writer.close()


async def test_of_too_many_unread_answers_the_oldest_is_given_up(
    talkative: uvicorn.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_limits, "READ_SECONDS", 60)
    monkeypatch.setattr(connection_limits, "MAX_UNREAD_BYTES", 48 * MIB)
    _, first = await ask_and_not_read(talkative)
    oldest = await until_one_waits(talkative)

    _, second = await ask_and_not_read(talkative)

    await until(lambda: oldest not in talkative.server_state.connections)
    await until_one_waits(talkative)
    for writer in (first, second):
        writer.transport.abort()


async def test_a_client_that_reads_slowly_is_served(
    talkative: uvicorn.Server, pass_time: PassTime
) -> None:
    reader, writer = await ask_and_not_read(talkative)
    connection = await until_one_waits(talkative)
    received = b""
    for _ in range(3):
        enough = connection.transport.get_write_buffer_size() - connection_limits.READ_BYTES
        while connection.transport.get_write_buffer_size() > enough:
            received += await reader.read(MIB)
        await pass_time(connection_limits.READ_SECONDS)
    received += await rest(reader)
    writer.close()
    assert len(received) > 32 * MIB


async def test_next_request_waits_until_the_response_before_it_is_read() -> None:
    paths = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        paths.append(scope["path"])
        await answer_at_length(scope, receive, send)

    async with listening(app) as server:
        reader, writer = await connect(server)
        writer.write(FIRST + b"\r\n" + SECOND + b"Connection: close\r\n\r\n")
        await until_one_waits(server)
        assert paths == ["/1"]
        assert (await rest(reader)).count(b"HTTP/1.1 200 ") == 2
        assert paths == ["/1", "/2"]
        writer.close()


async def test_request_in_front_of_a_pipelined_one_learns_that_its_client_is_gone() -> None:
    started, told = [], []

    async def app(scope: Scope, receive: Receive, _send: Send) -> None:
        started.append(scope["path"])
        while (await receive())["type"] != "http.disconnect":
            pass
        told.append(scope["path"])

    async with listening(app) as server:
        _, writer = await connect(server)
        writer.write(FIRST + b"\r\n" + SECOND + b"\r\n")
        await until(lambda: started)
        writer.transport.abort()
        await until(lambda: told == ["/1"])
