"""A follower records each notification once, and resumes after the last complete block."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

from calendar_faults.follower import Follower
from calendar_faults.history import Streamed
from calendar_faults.recorder import Recorder
from calendar_faults.waiting import wait_until
from tests.unit.builder import T0

HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunk(content: str) -> bytes:
    return f"{len(content):x}\r\n{content}\r\n".encode()


def event(number: int) -> str:
    """The block of a notification."""
    document = {
        "id": str(UUID(int=number)),
        "event_id": str(UUID(int=1)),
        "title": "Tea",
        **dict.fromkeys(("event_date", "notify_at", "stored_at"), T0.isoformat()),
        "acknowledged_at": None,
    }
    return f"id: c{number}\ndata: {json.dumps(document)}\n\n"


@asynccontextmanager
async def following(
    answers: Sequence[bytes], *, is_restless: bool = False
) -> AsyncIterator[tuple[Recorder, list[str | None]]]:
    """A follower at a server that gives these answers, one to each connection.

    Yields its recorder, and the `Last-Event-ID` of each connection.
    """
    asked: list[str | None] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = [line.partition(": ") for line in head.split("\r\n")]
        asked.append(next((value for name, _, value in lines if name == "Last-Event-ID"), None))
        if len(asked) <= len(answers):
            writer.write(answers[len(asked) - 1])
        writer.close()

    recorder, begun = Recorder(), asyncio.Event()
    follower = Follower("browser", "ann", is_restless=is_restless, recorder=recorder)
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        task = asyncio.create_task(follower.run(lambda: [f"http://127.0.0.1:{port}"], begun))

        async def has_asked_again() -> bool:
            return len(asked) > len(answers)

        await wait_until(has_asked_again, seconds=10, what="the last connection is made")
        yield recorder, asked
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def numbers(recorder: Recorder) -> list[tuple[int, int]]:
    """The place of each notification, and its number."""
    return [
        (line.number, line.notification_id.int)
        for line in recorder.lines
        if isinstance(line, Streamed)
    ]


async def test_a_block_that_is_cut_off_is_neither_recorded_nor_resumed_from() -> None:
    second = event(2)
    answers = [
        HEAD + chunk("id: start\nretry: 1000\n\n") + chunk(event(1)[:9]) + chunk(event(1)[9:]),
        HEAD + chunk(": ping\n\n" + second[:-1]),
        HEAD + chunk(second + event(3)) + chunk(""),
    ]

    async with following(answers) as (recorder, asked):
        assert numbers(recorder) == [(0, 1), (1, 2), (2, 3)]
        assert asked[:4] == [None, "c1", "c1", "c3"]


async def test_a_refused_stream_is_tried_again_from_the_same_place() -> None:
    refused = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
    opening = HEAD + chunk("id: start\n\n")

    async with following([refused, opening, refused]) as (recorder, asked):
        assert numbers(recorder) == []
        assert asked[:4] == [None, None, "start", "start"]


async def test_a_restless_follower_breaks_off_and_goes_on() -> None:
    many = HEAD + chunk("".join(event(number) for number in range(1, 30)))

    async with following([many], is_restless=True) as (recorder, asked):
        count = len(numbers(recorder))
        assert 0 < count < 29
        assert asked[1] == f"c{count}"
