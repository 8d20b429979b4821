"""A client that follows a user's notifications, and connects again whenever its stream ends."""

import asyncio
import json
import random
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Any, Final
from urllib.parse import urlsplit

from calendar_faults.history import Streamed
from calendar_faults.recorder import Recorder

PATH: Final = "/v1/notifications/stream"

SILENCE_SECONDS: Final = 18.0
"""A server that has sent nothing for so long is away: it should send a comment every 15 seconds."""

RESTLESS_BLOCKS: Final = 5

PAUSE_SECONDS: Final = 0.1
"""Before it connects again. Shorter than what the server asks for, to meet more moments."""


class StreamOver(Exception):  # noqa: N818 - every stream ends
    """The stream was not begun, has ended, or was cut off."""


class Follower:
    """Resumes by `Last-Event-ID`, at any of the storers."""

    def __init__(self, client: str, user: str, *, is_restless: bool, recorder: Recorder) -> None:
        self.client = client
        self.user = user
        self.is_restless = is_restless
        """Whether it breaks off by itself, after a few blocks."""
        self.count = 0
        """The notifications that it has got."""
        self.connections = 0
        self._recorder = recorder
        self._last_id: str | None = None

    async def run(self, urls: Callable[[], Sequence[str]], following: asyncio.Event) -> None:
        """Follow until cancelled; `following` is set at the first block, which has an ID."""
        url = silent = ""
        while True:
            try:
                url = _any_of(urls(), rather_than=silent)
                await self._follow(url, following)
            except TimeoutError:
                silent = url
            except (StreamOver, asyncio.IncompleteReadError, OSError):
                await asyncio.sleep(PAUSE_SECONDS)

    async def _follow(self, url: str, following: asyncio.Event) -> None:
        """One connection."""
        left = random.randrange(1, RESTLESS_BLOCKS) if self.is_restless else -1  # noqa: S311
        async with aclosing(self._blocks(url)) as blocks:
            async for block in blocks:
                self._process(block)
                following.set()
                left -= 1
                if not left:
                    return

    def _process(self, block: Mapping[str, str]) -> None:
        """A block that is complete. As by the standard, it may have an ID without data."""
        self._last_id = block.get("id", self._last_id)
        if "data" not in block:
            return
        notification = _streamed(json.loads(block["data"]))
        self._recorder.add(
            Streamed(
                client=self.client,
                user_id=self.user,
                number=self.count,
                at=self._recorder.now(),
                **notification,
            )
        )
        self.count += 1

    async def _blocks(self, url: str) -> AsyncGenerator[Mapping[str, str], None]:
        """The blocks of one connection, by field; a comment has none."""
        address = urlsplit(url)
        async with asyncio.timeout(SILENCE_SECONDS):
            reader, writer = await asyncio.open_connection(address.hostname, address.port)
        try:
            lines = [f"GET {PATH} HTTP/1.1", "Host: localhost", f"X-User-Id: {self.user}"]
            if self._last_id:
                lines.append(f"Last-Event-ID: {self._last_id}")
            writer.write("\r\n".join([*lines, "", ""]).encode())
            async with asyncio.timeout(SILENCE_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200 "):
                raise StreamOver(head)
            self.connections += 1
            pending = b""
            while True:
                async with asyncio.timeout(SILENCE_SECONDS):
                    pending += await _chunk(reader)
                *blocks, pending = pending.split(b"\n\n")
                for block in blocks:
                    yield _fields(block.decode())
        finally:
            writer.transport.abort()


def _any_of(urls: Sequence[str], *, rather_than: str) -> str:
    """As a load balancer chooses, which sends nobody to a server that does not answer."""
    if not urls:
        raise StreamOver("there is no server")
    return random.choice([url for url in urls if url != rather_than] or urls)  # noqa: S311


async def _chunk(reader: asyncio.StreamReader) -> bytes:
    """The next chunk of the body."""
    size = int(await reader.readuntil(b"\r\n"), 16)
    chunk = await reader.readexactly(size + 2)
    if not size:
        raise StreamOver("ended by the server")
    return chunk[:-2]


def _fields(block: str) -> Mapping[str, str]:
    fields = (line.partition(": ") for line in block.split("\n"))
    return {name: value for name, _, value in fields if name}


def _streamed(document: dict[str, Any]) -> dict[str, Any]:
    """The fields of a notification of the Storer's API, named as in the topic."""
    fields = {"notification_id": document["id"], **document}
    del fields["id"], fields["acknowledged_at"]
    return fields
