"""What the server answers on the wire, to clients that no HTTP library would be."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn
from starlette.responses import Response
from tests.integration.service import Service

from calendar_api import protocol

HEAD = b"GET /v1/events/day?date=2026-11-23 HTTP/1.1\r\nHost: calendar\r\n"


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
    endless = HEAD + b"X-Long: " + b"a" * protocol.MAX_HEADERS
    problem_in(service.exchange(endless), 431)


def test_an_absolute_uri_is_its_path(service: Service) -> None:
    request = (
        b"GET http://elsewhere/v1/nothing HTTP/1.1\r\nHost: calendar\r\nConnection: close\r\n\r\n"
    )
    assert service.exchange(request).startswith(b"HTTP/1.1 404 ")


@pytest.mark.parametrize("size", [1024 * 1024 + 1, 20 * 1024 * 1024])
def test_a_client_that_sends_too_much_gets_its_answer(service: Service, size: int) -> None:
    head = b"POST /v1/events HTTP/1.1\r\nHost: calendar\r\nContent-Type: application/json\r\n"
    length = f"Content-Length: {size}\r\n\r\n".encode()
    problem_in(service.exchange(head + length + b" " * size), 413)
    chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (size, b" " * size)
    problem_in(service.exchange(head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks), 413)


async def answer_at_length(_scope: Any, _receive: Any, send: Any) -> None:
    await Response(b"x" * 32 * 1024 * 1024)(_scope, _receive, send)


@pytest.fixture
async def impatient(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[uvicorn.Server]:
    """A server with our protocol, little patience and long answers."""
    monkeypatch.setattr(protocol, "HEADER_SECONDS", 0.2)
    monkeypatch.setattr(protocol, "READ_SECONDS", 0.2)
    monkeypatch.setattr(protocol, "MAX_CONNECTIONS", 2)
    config = uvicorn.Config(
        answer_at_length, http=protocol.Protocol, lifespan="off", log_config=None, loop="asyncio"
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        await server.startup(sockets=[listener])
        yield server
        server.force_exit = True
        await server.shutdown(sockets=[listener])


@pytest.fixture
def port(impatient: uvicorn.Server) -> int:
    number: int = impatient.servers[0].sockets[0].getsockname()[1]
    return number


async def talk(port: int, sent: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    async with asyncio.timeout(10):
        received = await reader.read()
    writer.close()
    return received


async def test_headers_that_trickle_are_given_up(port: int) -> None:
    problem_in(await talk(port, HEAD), 408)


async def test_a_connection_that_says_nothing_is_closed(port: int) -> None:
    assert await talk(port, b"") == b""


async def test_one_connection_too_many_is_told_to_come_back(port: int) -> None:
    kept = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
    answer = await talk(port, b"")
    problem_in(answer, 503)
    assert b"\r\nretry-after: 1\r\n" in answer.lower()
    for _, writer in kept:
        writer.close()


async def test_a_client_that_does_not_read_is_cut_off(impatient: uvicorn.Server, port: int) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
    writer.write(HEAD + b"\r\n")
    connections = impatient.server_state.connections
    async with asyncio.timeout(10):
        while not connections:  # noqa: ASYNC110 - the server has no event for it
            await asyncio.sleep(0.01)
        while connections:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    writer.close()


async def test_of_too_many_unread_answers_the_oldest_is_given_up(
    monkeypatch: pytest.MonkeyPatch, impatient: uvicorn.Server, port: int
) -> None:
    monkeypatch.setattr(protocol, "READ_SECONDS", 60)
    monkeypatch.setattr(protocol, "MAX_UNREAD", 48 * 1024 * 1024)
    connections = impatient.server_state.connections
    _, first = await ask_and_not_read(port)
    [oldest] = await until_waiting(impatient, count=1)

    _, second = await ask_and_not_read(port)

    async with asyncio.timeout(10):
        while oldest in connections:  # noqa: ASYNC110 - the server has no event for it
            await asyncio.sleep(0.01)
    await until_waiting(impatient, count=1)
    for writer in (first, second):
        writer.transport.abort()


async def ask_and_not_read(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
    writer.write(HEAD + b"\r\n")
    return reader, writer


async def until_waiting(server: uvicorn.Server, *, count: int) -> list[Any]:
    """The connections whose clients have not read their answers."""
    async with asyncio.timeout(10):
        while True:
            connections: list[Any] = list(server.server_state.connections)
            waiting = [each for each in connections if each.transport.get_write_buffer_size()]
            if len(waiting) == count:
                return waiting
            await asyncio.sleep(0.01)


async def test_a_client_that_reads_slowly_is_served(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=4096)
    writer.write(HEAD + b"Connection: close\r\n\r\n")
    received = 0
    async with asyncio.timeout(20):
        while chunk := await reader.read(1024 * 1024):
            received += len(chunk)
            await asyncio.sleep(0.001)
    writer.close()
    assert received > 32 * 1024 * 1024
