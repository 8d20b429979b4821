"""A receiver of webhooks that behaves as a test tells it to, byte by byte."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.integration.waiting import DEADLINE, eventually

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@dataclass(frozen=True)
class Request:
    """A request, read to its end."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def content(self) -> Any:
        return json.loads(self.body)


Answer = Callable[[Request, asyncio.StreamWriter], Awaitable[None]]
"""Answers a request in any way, or not at all."""


def status(code: int, *headers: str) -> Answer:
    """Answers with a status and nothing else."""
    head = "".join(f"{line}\r\n" for line in (f"HTTP/1.1 {code} X", "content-length: 0", *headers))

    async def answer(_request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(f"{head}\r\n".encode())

    return answer


def raw(content: bytes) -> Answer:
    """Answers with these bytes, and closes the connection."""

    async def answer(_request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(content)
        writer.close()

    return answer


def endless(start: bytes, more: bytes) -> Answer:
    """Answers with `start`, and then with `more` for as long as the client reads."""

    async def answer(_request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        while not writer.is_closing():
            writer.write(more)
            await writer.drain()
            await asyncio.sleep(0)

    return answer


async def silence(_request: Request, _writer: asyncio.StreamWriter) -> None:
    """Never answers."""
    await asyncio.Event().wait()


@dataclass
class Receiver:
    """Records requests; answers each by the first of `answers`, the last of which stays."""

    answers: list[Answer] = field(default_factory=lambda: [status(204)])
    requests: list[Request] = field(default_factory=list)
    port: int = 0
    scheme: str = "http"
    connections: int = 0

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/hook"

    def settings(self, name: str = "one") -> dict[str, str]:
        """What an operator configures."""
        return {"name": name, "url": self.url, "secret": SECRET}

    def answer_with(self, *answers: Answer) -> None:
        self.answers[:] = answers

    def ids(self) -> list[str]:
        return [request.id for request in self.requests]

    async def has(self, count: int, *, seconds: float = DEADLINE) -> list[Request]:
        """Returns when there were so many requests."""

        async def arrived() -> bool:
            return len(self.requests) >= count

        await eventually(arrived, seconds=seconds)
        return self.requests

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                request = await _read(reader)
                self.requests.append(request)
                answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                await answer(request, writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    line, *fields = head.strip().split("\r\n")
    headers = {name.lower(): value for name, _, value in (each.partition(": ") for each in fields)}
    return Request(line, headers, await reader.readexactly(int(headers["content-length"])))


@asynccontextmanager
async def receiving(*, port: int = 0, tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """A receiver on this machine, which accepts everything until it is told otherwise."""
    receiver = Receiver(scheme="https" if tls else "http")
    tasks: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(receiver.handle(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(connected, "127.0.0.1", port, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
