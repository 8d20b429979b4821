"""Clients that are slow, many, greedy, or gone before the answer."""

import asyncio
import json
from collections import Counter
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import uuid4

import psutil
import pytest

from calendar_faults import queries
from calendar_faults.client import document
from calendar_faults.history import Content
from calendar_faults.service import Service
from calendar_faults.system import System
from calendar_faults.waiting import lasting, until
from tests.faults.conftest import Judge

MEGABYTE = 2**20


def far_off(calendar: System, title: str = "Far off") -> Content:
    return Content(title=title, starts_at=calendar.recorder.now() + timedelta(days=1))


def memory(service: Service) -> float:
    return float(psutil.Process(service.pid).memory_info().rss) / MEGABYTE


async def connect(service: Service) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    address = urlsplit(service.url)
    return await asyncio.open_connection(address.hostname, address.port)


def head(path: str, length: int) -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nHost: h\r\nX-User-Id: slow\r\n"
        f"Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


async def dawdle(service: Service, number: int) -> bytes:
    """Sends a byte now and then, of the head or of the body; the status that ends it, if any."""
    reader, writer = await connect(service)
    sent = head("/v1/events", 1000)
    answer = asyncio.create_task(reader.readline())
    try:
        writer.write(sent if number % 2 else sent[:-4])
        async with asyncio.timeout(60):
            while not answer.done():
                writer.write(b" ")
                await writer.drain()
                await asyncio.wait({answer}, timeout=0.5)
            return (await answer)[9:12]
    except ConnectionError:
        return b""
    finally:
        answer.cancel()
        writer.transport.abort()


async def test_case_20_the_pool_is_exhausted(calendar: System, judge: Judge) -> None:
    """Somebody locks events: each request for one holds a connection until it gives up."""
    trio = await calendar.start_all()
    contents = {uuid4(): far_off(calendar) for _ in range(20)}
    await calendar.client.create_surely("ann", contents)
    async with calendar.people(5):
        await lasting(1)
        async with (
            calendar.fault("pool exhausted"),
            asyncio.TaskGroup() as crowd,
            calendar.locked(queries.LOCK, list(contents)),
        ):
            for number in range(500):
                crowd.create_task(dawdle(trio.api, number))
            changes = [
                calendar.client.change("ann", event, content, if_match=99)
                for event, content in contents.items()
                for _ in range(5)
            ]
            creations = [
                calendar.client.create("bob", {uuid4(): far_off(calendar)}) for _ in range(200)
            ]
            done = await asyncio.gather(*changes, *creations)
        statuses = Counter(operation.status for operation in done)
        assert statuses[503] > 100
        assert set(statuses) <= {503, 412, 201}
        await until(trio.api.is_ready, seconds=2, what="the API is ready again")
        await lasting(2)
    await judge()


@pytest.mark.weekly
async def test_case_20_clients_go_away_in_the_middle(calendar: System, judge: Judge) -> None:
    trio = await calendar.start_all()
    body = json.dumps(document(far_off(calendar))).encode()
    async with calendar.people(5):
        for number in range(1000):
            _, writer = await connect(trio.api)
            sent = head("/v1/events", len(body)) + body
            # Somewhere in the head, in the body, or right after it.
            writer.write(sent[: len(sent) * (number % 10 + 1) // 10])
            await writer.drain()
            writer.transport.abort()

        async def nobody_is_in() -> bool:
            return await trio.api.metric('calendar_api_database_connections{state="in_use"}') <= 2

        await until(nobody_is_in, seconds=5, what="every connection is given back")
    # What was sent in full may be stored: those events are the clients' own business.
    await judge()


@pytest.mark.weekly
async def test_case_21_five_hundred_slow_clients(calendar: System, judge: Judge) -> None:
    trio = await calendar.start_all()
    before = memory(trio.api)
    async with calendar.people(3):
        answers = Counter(
            await asyncio.gather(*(dawdle(trio.api, number) for number in range(500)))
        )
    assert memory(trio.api) < before + 100
    assert answers[b"408"] > 0
    assert set(answers) <= {b"408", b""}
    report = await judge(at_rest=2)
    assert report.outcomes["unknown"] == 0


@pytest.mark.weekly
async def test_case_21_bodies_that_are_too_large(calendar: System, judge: Judge) -> None:
    trio = await calendar.start_all()
    before = memory(trio.api)

    async def send_endless() -> bytes:
        reader, writer = await connect(trio.api)
        try:
            writer.write(
                b"POST /v1/events/batch HTTP/1.1\r\nHost: h\r\nX-User-Id: big\r\n"
                b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
            )
            chunk = b"10000\r\n" + b"[" * 65536 + b"\r\n"
            for _ in range(20 * 16):
                writer.write(chunk)
                await writer.drain()
        except ConnectionError:
            pass
        try:
            return (await reader.readline())[9:12]
        except ConnectionError:
            return b""
        finally:
            writer.transport.abort()

    async with calendar.people(3):
        statuses = Counter(await asyncio.gather(*(send_endless() for _ in range(4))))
    assert b"413" in statuses
    # Or that there are too many of them at once.
    assert set(statuses) <= {b"413", b"503", b""}
    assert memory(trio.api) < before + 200
    await judge(at_rest=2)
