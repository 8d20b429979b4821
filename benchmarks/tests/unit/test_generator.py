"""The load generator's end of a connection: what it sends, what it counts, what it refuses."""

import asyncio
from collections.abc import Sequence

import pytest

from calendar_benchmarks.generator import Connection, Traffic
from calendar_benchmarks.load import UNIQUE, Load, LoadError, request

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfour"


class Line(asyncio.Transport):
    """Keeps what is sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []
        self.is_closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent.append(bytes(data))

    def close(self) -> None:
        self.is_closed = True


class Unconnected(Traffic):
    """Counts how often it is asked for another connection."""

    asked = 0

    def connect(self) -> None:
        self.asked += 1


def begin(
    *, requests: Sequence[str] = ("one", "two"), seconds: float = 60.0
) -> tuple[Unconnected, Connection, Line]:
    load = Load(port=1, requests=requests, status=200, connections=1)
    traffic = Unconnected(load, seconds=seconds)
    connection, line = Connection(traffic), Line()
    connection.connection_made(line)
    return traffic, connection, line


async def test_the_next_request_follows_the_answer() -> None:
    traffic, connection, line = begin()

    for number in range(len(OK)):
        assert line.sent == [b"one"]
        connection.data_received(OK[number : number + 1])

    assert line.sent == [b"one", b"two"]
    assert len(traffic.latencies) == 1


async def test_requests_are_sent_in_turns() -> None:
    _, connection, line = begin()

    for _ in range(2):
        connection.data_received(OK)

    assert line.sent == [b"one", b"two", b"one"]


async def test_what_is_unique_differs_each_time() -> None:
    _, connection, line = begin(requests=[f"PUT {UNIQUE} {UNIQUE}"])
    connection.data_received(OK)

    first, second = line.sent
    assert len({*first.split()[1:], *second.split()[1:]}) == 2
    assert UNIQUE.encode() not in first


async def test_the_load_ends_with_the_last_answer() -> None:
    traffic, connection, line = begin(seconds=0)
    assert not traffic.ended.done()

    connection.data_received(OK)

    await traffic.ended
    assert line.is_closed
    assert line.sent == [b"one"]


async def test_a_wrong_status_ends_it_and_is_told() -> None:
    traffic, connection, _ = begin()

    connection.data_received(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")

    with pytest.raises(LoadError, match="503 Busy"):
        await traffic.ended


async def test_an_answer_of_unknown_length_ends_it() -> None:
    traffic, connection, _ = begin()

    connection.data_received(b"HTTP/1.1 200 OK\r\n\r\n")

    with pytest.raises(LoadError, match="not the answer expected"):
        await traffic.ended


async def test_a_connection_that_is_lost_with_a_request_ends_it() -> None:
    traffic, connection, _ = begin()

    connection.connection_lost(None)

    with pytest.raises(LoadError, match="ended before the answer"):
        await traffic.ended


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    ],
)
async def test_a_server_that_closes_gets_another_connection(answer: bytes) -> None:
    traffic, connection, line = begin()

    connection.data_received(answer)
    connection.connection_lost(None)

    assert line.is_closed
    assert traffic.asked == 1
    assert not traffic.ended.done()


def test_a_request_has_the_length_of_its_body() -> None:
    sent = request("POST", "/v1/events", headers={"X-User-Id": "ann"}, body="é")

    assert sent.startswith("POST /v1/events HTTP/1.1\r\n")
    assert "\r\nContent-Length: 2\r\n" in sent
    assert sent.endswith("\r\n\r\né")
