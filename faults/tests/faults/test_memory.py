"""What the API takes at most while many clients ask much of it, each crowd in its own way."""

import asyncio
import json
import re
import socket
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import ExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest

from calendar_faults import http
from calendar_faults.service import Service
from calendar_faults.system import System
from calendar_faults.waiting import SLOWER, until

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux tells the peak of a process's memory"
)

ANSWER_SECONDS = 5.0
"""By the contract, whatever else is going on."""

CUT_OFF_SECONDS = 20.0 * SLOWER
"""Whoever is too slow is cut off after ten seconds; by then all of them are."""

CONTAINER = 512
"""MiB that an API's container has."""

PIECE = 2**16
"""Bytes that a client sends at once."""

DAY = "/v1/events/day?date=2030-01-01"

RecordProperty = Callable[[str, object], None]
Crowd = Coroutine[Any, Any, Sequence[str]]
"""Many clients; the status that each was told, or `closed`."""


class Memory:
    """Of one process, in MiB."""

    def __init__(self, service: Service) -> None:
        self._process = Path(f"/proc/{service.pid}")

    def forget_the_peak(self) -> None:
        (self._process / "clear_refs").write_text("5")

    def now(self) -> int:
        return self._of("VmRSS")

    def peak(self) -> int:
        return self._of("VmHWM")

    def _of(self, name: str) -> int:
        [kilobytes] = re.findall(rf"{name}:\s+(\d+) kB", (self._process / "status").read_text())
        return int(kilobytes) // 1024


async def crowded(
    service: Service, crowd: Crowd, *, most: int, say: RecordProperty
) -> Counter[str]:
    """What the crowd was told, while others were served, and the API took `most` MiB at most."""
    memory, done = Memory(service), asyncio.Event()
    idle = memory.now()
    memory.forget_the_peak()
    async with asyncio.TaskGroup() as tasks:
        normal = tasks.create_task(live_normally(service, done))
        told = Counter(await crowd)
        done.set()
    peak, slowest = memory.peak(), await normal
    say("memory", f"{idle} MiB at first, {peak} at most of {most}; {slowest:.1f} s for others")
    assert peak <= most, told
    answer = await http.call("GET", f"{service.url}{DAY}", headers=user("ann"), seconds=2 * SLOWER)
    assert answer.status == 200, "all is as it was before"
    return told


async def live_normally(service: Service, done: asyncio.Event) -> float:
    """Asks for a day again and again; every answer is in time. The seconds of the slowest."""
    slowest = 0.0
    while not done.is_set():
        started = time.monotonic()
        answer = await http.call(
            "GET", f"{service.url}{DAY}", headers=user("ann"), seconds=ANSWER_SECONDS * SLOWER
        )
        slowest = max(slowest, time.monotonic() - started)
        assert answer.status == 200 or "retry-after" in answer.headers
        with suppress(TimeoutError):
            async with asyncio.timeout(0.1):
                await done.wait()
    return slowest


def user(name: str) -> dict[str, str]:
    return {"X-User-Id": name}


def events(count: int) -> dict[str, Any]:
    """A batch of the largest events; a thousand are 16 MiB."""
    event = {"title": "x", "starts_at": "2030-01-01T00:00:00Z", "duration": "PT1H"}
    return {"events": [{**event, "description": "d" * 16_000}] * count}


async def fill_a_day(service: Service) -> None:
    """As many events as a page has, four times as much as it may have bytes."""
    answer = await http.call(
        "POST",
        f"{service.url}/v1/events/batch",
        headers=user("big"),
        body=events(1000),
        seconds=ANSWER_SECONDS * SLOWER,
    )
    assert answer.status == 201, answer


@asynccontextmanager
async def connection(
    service: Service,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    address = urlsplit(service.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


def head(method: str, path: str, *, length: int | None = None, name: str = "big") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: h", f"X-User-Id: {name}"]
    if length is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {length}"]
    return "\r\n".join([*lines, "\r\n"]).encode()


def status_of(line: bytes) -> str:
    return line[9:12].decode() or "closed"


@pytest.mark.weekly
async def test_slow_readers(calendar: System, record_property: RecordProperty) -> None:
    """Each takes the first bytes of four MiB, and no more until it is cut off."""
    api = await calendar.start("api")
    await fill_a_day(api)
    process = psutil.Process(api.pid)
    files = process.num_fds()
    few_at_once = asyncio.Semaphore(4)

    async def begin_to_read(sockets: ExitStack) -> str:
        loop, address = asyncio.get_running_loop(), urlsplit(api.url)
        client = sockets.enter_context(socket.socket())
        # Else the kernel reads for it.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.setblocking(False)
        async with few_at_once:
            await loop.sock_connect(client, (address.hostname, address.port))
            await loop.sock_sendall(client, head("GET", DAY))
            return status_of(await loop.sock_recv(client, 12))

    async def are_cut_off() -> bool:
        return process.num_fds() < files + 20

    async def read_slowly() -> Sequence[str]:
        with ExitStack() as sockets:
            told = await asyncio.gather(*(begin_to_read(sockets) for _ in range(300)))
            await until(are_cut_off, seconds=20, what="who does not read is cut off")
            return told

    told = await crowded(api, read_slowly(), most=CONTAINER, say=record_property)

    assert told["200"] > 0
    assert set(told) <= {"200", "503"}, told


@pytest.mark.weekly
async def test_slow_writers(calendar: System, record_property: RecordProperty) -> None:
    """Half of them trickle their headers, half of them the second part of a body."""
    api = await calendar.start("api")

    async def trickle(first: bytes, drop: bytes) -> str:
        async with connection(api) as (reader, writer), asyncio.timeout(CUT_OFF_SECONDS):
            writer.write(first)
            answer = asyncio.create_task(reader.readline())
            while not (await asyncio.wait({answer}, timeout=1))[0]:
                writer.write(drop)
            return status_of(await answer)

    async def write_slowly() -> Sequence[str]:
        headers = b"POST /v1/events HTTP/1.1\r\nHost: h\r\n"
        body = head("POST", "/v1/events", length=900_000) + b" " * 100_000
        return await asyncio.gather(
            *(trickle(headers, b"X-Y: z\r\n") for _ in range(400)),
            *(trickle(body, b" " * 100) for _ in range(400)),
        )

    told = await crowded(api, write_slowly(), most=CONTAINER // 2, say=record_property)

    assert told == {"408": 800}


async def test_huge_bodies(calendar: System, record_property: RecordProperty) -> None:
    """Forty batches of sixteen MiB at once: as many are taken as there is room for."""
    api = await calendar.start("api")
    body = memoryview(json.dumps(events(1000)).encode())

    async def send_batch(name: str) -> str:
        async with connection(api) as (reader, writer), asyncio.timeout(CUT_OFF_SECONDS):
            writer.write(head("POST", "/v1/events/batch", length=len(body), name=name))
            with suppress(ConnectionError):
                for begin in range(0, len(body), PIECE):
                    writer.write(body[begin : begin + PIECE])
                    await writer.drain()
            return status_of(await reader.readline())

    async def send_much() -> Sequence[str]:
        return await asyncio.gather(*(send_batch(f"big-{number}") for number in range(40)))

    told = await crowded(api, send_much(), most=CONTAINER, say=record_property)

    assert told["201"] > 0
    assert set(told) <= {"201", "503"}, told


@pytest.mark.weekly
async def test_long_lists(calendar: System, record_property: RecordProperty) -> None:
    """A hundred clients read pages of four MiB as fast as they can."""
    api = await calendar.start("api")
    await fill_a_day(api)

    async def read_page() -> str:
        url = f"{api.url}{DAY}"
        answer = await http.call("GET", url, headers=user("big"), seconds=CUT_OFF_SECONDS)
        assert answer.status != 200 or len(answer.body) > 3_500_000
        return str(answer.status)

    async def read_much() -> Sequence[str]:
        return [
            status
            for _ in range(3)
            for status in await asyncio.gather(*(read_page() for _ in range(100)))
        ]

    told = await crowded(api, read_much(), most=CONTAINER, say=record_property)

    assert told["200"] > 0
    assert set(told) <= {"200", "503"}, told
