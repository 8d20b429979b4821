"""A connection of the load generator."""

import asyncio
from collections.abc import Sequence

import pytest

from calendar_benchmarks.generator import Connection, Traffic
from calendar_benchmarks.load import Load, LoadError, request

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfour"


class FakeTransport(asyncio.Transport):
    """Records what is sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []
        self.is_closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent.append(bytes(data))

    def close(self) -> None:
        self.is_closed = True


def begin(
    *, requests: Sequence[str] = ("one", "two"), seconds: float = 60.0
) -> tuple[Traffic, Connection, FakeTransport]:
    load = Load(port=1, requests=requests, status=200, connections=1)
    traffic = Traffic(load, seconds=seconds)
    connection, transport = Connection(traffic), FakeTransport()
    connection.connection_made(transport)
    return traffic, connection, transport


async def test_next_request_follows_the_response() -> None:
    traffic, connection, transport = begin()

    for number in range(len(OK)):
        assert transport.sent == [b"one"]
        connection.data_received(OK[number : number + 1])

    assert transport.sent == [b"one", b"two"]
    assert len(traffic.latencies) == 1


async def test_requests_are_sent_in_turns() -> None:
    _, connection, transport = begin()

    for _ in range(2):
        connection.data_received(OK)

    assert transport.sent == [b"one", b"two", b"one"]


async def test_load_ends_with_the_last_response() -> None:
    traffic, connection, transport = begin(seconds=0)
    assert not traffic.ended.done()

    connection.data_received(OK)

    await traffic.ended
    assert transport.is_closed
    assert transport.sent == [b"one"]


async def test_unexpected_status_fails() -> None:
    traffic, connection, _ = begin()

    connection.data_received(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")

    with pytest.raises(LoadError, match="503 Busy"):
        await traffic.ended


async def test_response_without_length_fails() -> None:
    traffic, connection, _ = begin()

    connection.data_received(b"HTTP/1.1 200 OK\r\n\r\n")

    with pytest.raises(LoadError, match="not the response expected"):
        await traffic.ended


async def test_lost_connection_fails_if_a_response_is_missing() -> None:
    traffic, connection, _ = begin()

    connection.connection_lost(None)

    with pytest.raises(LoadError, match="ended before the response"):
        await traffic.ended


def test_request_has_the_length_of_its_body() -> None:
    sent = request("POST", "/v1/events", headers={"X-User-Id": "ann"}, body={"title": "é"})

    assert sent.startswith("POST /v1/events HTTP/1.1\r\n")
    assert "\r\nContent-Length: 19\r\n" in sent
    assert sent.endswith('\r\n\r\n{"title": "\\u00e9"}')
