"""A client of server-sent events over a plain socket, which can also be slow or break off."""

import asyncio
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from tests.integration.waiting import DEADLINE

PATH = "/v1/notifications/stream"


@dataclass(frozen=True)
class Block:
    """One block of a stream, by field; a comment is the field ``."""

    fields: Mapping[str, str]

    @property
    def id(self) -> str:
        return self.fields["id"]

    @property
    def data(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.fields["data"])
        return document


class StreamEnded(Exception):  # noqa: N818 - every stream ends
    """The server ended the response; `is_clean` if it was complete."""

    def __init__(self, *, is_clean: bool) -> None:
        super().__init__()
        self.is_clean = is_clean


class EventSource:
    """One connection, of which the head of the response has been read."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._pending = b""
        self.status = 0
        self.headers: dict[str, list[str]] = {}
        self.last_id: str | None = None

    @classmethod
    async def open(
        cls,
        port: int,
        user: str | None = "ann",
        *,
        last_id: str | None = None,
        method: str = "GET",
        path: str = PATH,
        query: str = "",
        buffer: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Self:
        """Connect and read the head; `buffer` bounds what the system reads ahead."""
        raw = socket.socket()
        raw.setblocking(False)
        if buffer is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        try:
            await asyncio.get_running_loop().sock_connect(raw, ("127.0.0.1", port))
        except OSError:
            raw.close()
            raise
        reader, writer = await asyncio.open_connection(sock=raw, limit=buffer or 2**16)
        opened = cls(reader, writer)
        opened.last_id = last_id
        sent = {"Host": "localhost", **({"X-User-Id": user} if user else {}), **(headers or {})}
        if last_id is not None:
            sent["Last-Event-ID"] = last_id
        lines = [f"{method} {path}{query} HTTP/1.1", *(f"{k}: {v}" for k, v in sent.items())]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        try:
            async with asyncio.timeout(DEADLINE):
                await opened._read_head()
        except BaseException:
            opened.close()
            raise
        return opened

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Break off without a word."""
        self._writer.transport.abort()

    def header(self, name: str) -> str:
        """Its values on all lines."""
        return ", ".join(self.headers[name])

    async def block(self) -> Block:
        """The next block.

        Raises:
            StreamEnded: there is none.
        """
        async with asyncio.timeout(DEADLINE):
            while b"\n\n" not in self._pending:
                self._pending += await self._chunk()
        text, _, self._pending = self._pending.partition(b"\n\n")
        fields = [line.partition(": ") for line in text.decode().split("\n")]
        block = Block({name: value for name, _, value in fields})
        self.last_id = block.fields.get("id", self.last_id)
        return block

    async def notifications(self, count: int) -> list[dict[str, Any]]:
        """The next notifications; blocks without data are left out."""
        found: list[dict[str, Any]] = []
        while len(found) < count:
            block = await self.block()
            if "data" in block.fields:
                found.append(block.data)
        return found

    async def body(self) -> bytes:
        """The body of a response that is no stream."""
        async with asyncio.timeout(DEADLINE):
            if "content-length" in self.headers:
                return await self._reader.readexactly(int(self.header("content-length")))
            return await self._reader.read()

    async def rest(self) -> bytes:
        """All that comes until the server ends the response or closes the connection."""
        async with asyncio.timeout(DEADLINE):
            return await self._reader.read()

    async def _read_head(self) -> None:
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        self.status = int(head[0].split()[1])
        for line in filter(None, head[1:]):
            name, _, value = line.partition(": ")
            self.headers.setdefault(name.lower(), []).append(value)

    async def _chunk(self) -> bytes:
        try:
            size = int(await self._reader.readuntil(b"\r\n"), 16)
            chunk = await self._reader.readexactly(size + 2)
        except (asyncio.IncompleteReadError, ConnectionError):
            raise StreamEnded(is_clean=False) from None
        if not size:
            raise StreamEnded(is_clean=True)
        return chunk[:-2]
