"""Many clients that are slow, send too much, or go away; and what the API's memory is then."""

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
from uuid import uuid4

import psutil
import pytest

from calendar_faults import http, queries
from calendar_faults.client import Revision
from calendar_faults.documents import document
from calendar_faults.service import Service
from calendar_faults.system import System
from calendar_faults.waiting import TIME_FACTOR, run_for, wait_until
from tests.faults.conftest import Verify

linux_only = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux reports the peak of a process's memory"
)

ANSWER_SECONDS = 5.0 * TIME_FACTOR
CUT_OFF_SECONDS = 20.0 * TIME_FACTOR
"""The API disconnects a client that is too slow after ten seconds."""

CONTAINER = 512
"""The MiB of an API's container."""

PIECE = 2**16
"""The bytes that a client sends at once."""

DAY = "/v1/events/day?date=2030-01-01"

RecordProperty = Callable[[str, object], None]
Clients = Coroutine[Any, Any, Sequence[str]]
"""Many clients; returns the status of each, or `closed`."""


class Memory:
    """The memory of a process, in MiB."""

    def __init__(self, service: Service) -> None:
        self._process = Path(f"/proc/{service.pid}")

    def reset_peak(self) -> None:
        (self._process / "clear_refs").write_text("5")

    def read(self, name: str) -> int:
        [kilobytes] = re.findall(rf"{name}:\s+(\d+) kB", (self._process / "status").read_text())
        return int(kilobytes) // 1024


async def run_clients(
    api: Service, clients: Clients, *, limit: int, log: RecordProperty
) -> Counter[str]:
    """The statuses of the clients. Another client is served meanwhile, in `limit` MiB at most."""
    memory, done = Memory(api), asyncio.Event()
    idle = memory.read("VmRSS")
    memory.reset_peak()
    async with asyncio.TaskGroup() as tasks:
        other = tasks.create_task(read_until(done, api))
        statuses = Counter(await clients)
        done.set()
    peak = memory.read("VmHWM")
    log("memory", f"{idle} MiB at first, peak {peak} of {limit}; {await other:.1f} s for others")
    assert peak <= limit, statuses
    answer = await http.call("GET", f"{api.url}{DAY}", headers=user("ann"), seconds=ANSWER_SECONDS)
    assert answer.status == 200, "the API works as before"
    return statuses


async def read_until(done: asyncio.Event, api: Service) -> float:
    """Reads a day repeatedly; every answer is in time. The seconds of the slowest."""
    slowest = 0.0
    while not done.is_set():
        started = time.monotonic()
        answer = await http.call(
            "GET", f"{api.url}{DAY}", headers=user("ann"), seconds=ANSWER_SECONDS
        )
        slowest = max(slowest, time.monotonic() - started)
        assert answer.status == 200 or "retry-after" in answer.headers
        with suppress(TimeoutError):
            async with asyncio.timeout(0.1):
                await done.wait()
    return slowest


def user(name: str) -> dict[str, str]:
    return {"X-User-Id": name}


def batch(count: int) -> dict[str, Any]:
    """A batch of the largest events; a thousand are 16 MiB."""
    event = {"title": "x", "starts_at": "2030-01-01T00:00:00Z", "duration": "PT1H"}
    return {"events": [{**event, "description": "d" * 16_000}] * count}


async def fill_a_day(api: Service) -> None:
    """As many events as a page has, with four times the bytes of a page."""
    url = f"{api.url}/v1/events/batch"
    answer = await http.call(
        "POST", url, headers=user("big"), body=batch(1000), seconds=ANSWER_SECONDS
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


async def status(reader: asyncio.StreamReader) -> str:
    try:
        return status_of(await reader.readline())
    except ConnectionError:
        return "closed"


def status_of(line: bytes) -> str:
    return line[9:12].decode() or "closed"


async def trickle(api: Service, first: bytes, rest: bytes) -> str:
    """Sends a request in small pieces until it is answered."""
    async with connection(api) as (reader, writer), asyncio.timeout(CUT_OFF_SECONDS):
        writer.write(first)
        answer = asyncio.create_task(status(reader))
        while not (await asyncio.wait({answer}, timeout=1))[0]:
            writer.write(rest)
        return await answer


async def trickle_many(api: Service, count: int) -> Sequence[str]:
    """Half of the clients trickle their headers, half of them the second part of a body."""
    headers = b"POST /v1/events HTTP/1.1\r\nHost: h\r\n"
    body = head("POST", "/v1/events", length=900_000) + b" " * 100_000
    return await asyncio.gather(
        *(trickle(api, headers, b"X-Y: z\r\n") for _ in range(count // 2)),
        *(trickle(api, body, b" " * 100) for _ in range(count // 2)),
    )


async def test_case_20_the_pool_is_exhausted(calendar: System, verify: Verify) -> None:
    """Events are locked: each request for one holds a connection until its time limit."""
    services = await calendar.start_all()
    content = calendar.event("Far off", due_in=24 * 3600)
    events = await calendar.create_events("ann", content, count=20)
    async with calendar.users(5):
        await run_for(1)
        async with (
            calendar.fault("pool exhausted"),
            asyncio.TaskGroup() as tasks,
            calendar.locked(queries.LOCK, events),
        ):
            slow = tasks.create_task(trickle_many(services.api, 500))
            client = calendar.client
            changes = [
                client.change("ann", event, content, if_match=Revision(99, '"stale"'))
                for event in events
                for _ in range(5)
            ]
            creations = [client.create("bob", {uuid4(): content}) for _ in range(200)]
            done = await asyncio.gather(*changes, *creations)
        statuses = Counter(operation.status for operation in done)
        assert statuses[503] > 100
        assert set(statuses) <= {503, 412, 201}
        assert set(slow.result()) <= {"408", "closed"}
        await services.api.wait_until_ready(seconds=2)
        await run_for(2)
    await verify()


@pytest.mark.weekly
async def test_case_20_clients_disconnect_during_a_request(
    calendar: System, verify: Verify
) -> None:
    services = await calendar.start_all()
    body = json.dumps(document(calendar.event("Far off", due_in=24 * 3600))).encode()
    sent = head("POST", "/v1/events", length=len(body)) + body
    async with calendar.users(5):
        for number in range(1000):
            async with connection(services.api) as (_, writer):
                # In the headers, in the body, or right after it.
                writer.write(sent[: len(sent) * (number % 10 + 1) // 10])
                await writer.drain()

        async def are_returned() -> bool:
            in_use = 'calendar_api_database_connections{state="in_use"}'
            return await services.api.metric(in_use) <= 2

        await wait_until(are_returned, seconds=5, what="every connection is returned to the pool")
    # Complete requests may be stored: the history does not have these events.
    await verify()


@linux_only
@pytest.mark.weekly
async def test_case_21_slow_writers(
    calendar: System, verify: Verify, record_property: RecordProperty
) -> None:
    services = await calendar.start_all()
    async with calendar.users(3):
        statuses = await run_clients(
            services.api,
            trickle_many(services.api, 800),
            limit=170,
            log=record_property,
        )
    assert statuses == {"408": 800}
    report = await verify(at_rest=2)
    assert report.outcomes["unknown"] == 0


@linux_only
@pytest.mark.weekly
async def test_case_21_slow_readers(calendar: System, record_property: RecordProperty) -> None:
    """Each reads the first bytes of four MiB, and nothing else until it is disconnected."""
    api = await calendar.start("api")
    await fill_a_day(api)
    process = psutil.Process(api.pid)
    files = process.num_fds()
    few_at_once = asyncio.Semaphore(4)

    async def begin_to_read(sockets: ExitStack) -> str:
        loop, address = asyncio.get_running_loop(), urlsplit(api.url)
        client = sockets.enter_context(socket.socket())
        # Otherwise the kernel reads for it.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.setblocking(False)
        async with few_at_once:
            await loop.sock_connect(client, (address.hostname, address.port))
            await loop.sock_sendall(client, head("GET", DAY))
            return status_of(await loop.sock_recv(client, 12))

    async def are_disconnected() -> bool:
        return process.num_fds() < files + 20

    async def read_slowly() -> Sequence[str]:
        with ExitStack() as sockets:
            statuses = await asyncio.gather(*(begin_to_read(sockets) for _ in range(300)))
            await wait_until(are_disconnected, seconds=20, what="slow readers are disconnected")
            return statuses

    statuses = await run_clients(api, read_slowly(), limit=CONTAINER, log=record_property)

    assert statuses["200"] > 0
    assert set(statuses) <= {"200", "503"}, statuses


@linux_only
async def test_case_21_large_bodies(calendar: System, record_property: RecordProperty) -> None:
    """Forty batches of sixteen MiB at once, and four bodies without an end."""
    api = await calendar.start("api")
    body = memoryview(json.dumps(batch(1000)).encode())

    async def send(pieces: Callable[[int], bytes | memoryview], first: bytes, count: int) -> str:
        async with connection(api) as (reader, writer), asyncio.timeout(CUT_OFF_SECONDS):
            writer.write(first)
            with suppress(ConnectionError):
                for number in range(count):
                    writer.write(pieces(number))
                    await writer.drain()
            return await status(reader)

    def piece(number: int) -> memoryview:
        return body[number * PIECE : (number + 1) * PIECE]

    async def send_batch(number: int) -> str:
        first = head("POST", "/v1/events/batch", length=len(body), name=f"big-{number}")
        return await send(piece, first, -(-len(body) // PIECE))

    async def send_batches() -> Sequence[str]:
        return await asyncio.gather(*map(send_batch, range(40)))

    async def one_is_stored() -> bool:
        return await send_batch(40) in {"200", "201"}

    async def send_endless() -> Sequence[str]:
        chunked = head("POST", "/v1/events/batch")[:-2] + (
            b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        chunk = b"10000\r\n" + b"[" * PIECE + b"\r\n"
        return await asyncio.gather(*(send(lambda _: chunk, chunked, 320) for _ in range(4)))

    endless = await run_clients(api, send_endless(), limit=CONTAINER // 2, log=record_property)
    batches = await run_clients(api, send_batches(), limit=CONTAINER, log=record_property)

    # Which of them are stored depends on their order and on how fast the machine is.
    assert set(batches) <= {"201", "503"}, batches
    await wait_until(one_is_stored, seconds=10, what="a batch is stored after the others")
    assert endless["413"] > 0, endless
    # Or there are too many of them at once.
    assert set(endless) <= {"413", "503", "closed"}, endless


@linux_only
@pytest.mark.weekly
async def test_case_21_long_lists(calendar: System, record_property: RecordProperty) -> None:
    """A hundred clients read pages of four MiB as fast as they can."""
    api = await calendar.start("api")
    await fill_a_day(api)

    async def read_page() -> str:
        url = f"{api.url}{DAY}"
        answer = await http.call("GET", url, headers=user("big"), seconds=CUT_OFF_SECONDS)
        assert answer.status != 200 or len(answer.body) > 3_500_000
        return str(answer.status)

    async def read_pages() -> Sequence[str]:
        rounds = [await asyncio.gather(*(read_page() for _ in range(100))) for _ in range(3)]
        return [each for statuses in rounds for each in statuses]

    statuses = await run_clients(api, read_pages(), limit=CONTAINER, log=record_property)

    assert statuses["200"] > 0
    assert set(statuses) <= {"200", "503"}, statuses
