"""Writes at a steady pace."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from calendar_benchmarks.load import LoadError
from calendar_benchmarks.paced import LEAD, write_reminders


class FakeApi:
    """Answers every request with one status, and records the bodies."""

    def __init__(self, status: bytes) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.connections = 0
        self._status = status

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length:")[2].split()[0])
                self.bodies.append(json.loads(await reader.readexactly(length)))
                writer.write(b"HTTP/1.1 " + self._status + b"\r\nContent-Length: 2\r\n\r\n{}")
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def running(api: FakeApi) -> AsyncIterator[int]:
    server = await asyncio.start_server(api.serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_each_reminder_is_due_soon_after_its_write() -> None:
    api = FakeApi(b"201 Created")
    before = datetime.now(UTC)
    async with running(api) as port:
        count = await write_reminders(port, pace=100, seconds=0.2, user="ann")
    after = datetime.now(UTC)

    assert count == len(api.bodies) == 20
    for body in api.bodies:
        due = datetime.fromisoformat(body["starts_at"]) - timedelta(hours=1)
        assert body["notify_before"] == "PT1H"
        assert before <= due - LEAD <= after


async def test_slow_pace_uses_one_connection() -> None:
    api = FakeApi(b"201 Created")
    async with running(api) as port:
        await write_reminders(port, pace=1, seconds=2, user="ann")

    assert (len(api.bodies), api.connections) == (2, 1)


async def test_error_response_fails() -> None:
    async with running(FakeApi(b"503 Service Unavailable")) as port:
        with pytest.raises(LoadError, match="503"):
            await write_reminders(port, pace=50, seconds=0.1, user="ann")
