"""One connection for each request, so that it is known whether it may have been carried out."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


class NotSent(Exception):  # noqa: N818
    """No connection could be made: the request cannot have been carried out."""


class NoAnswer(Exception):  # noqa: N818
    """The connection ended, or the time limit passed, before the answer was complete."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer."""

    status: int
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes

    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)


async def call(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: Any = None,
    seconds: float,
) -> Answer:
    """Send a request, with `body` as JSON, and read the whole answer.

    Raises:
        Unsent: it cannot have been carried out.
        NoAnswer: it may have been.
    """
    address = urlsplit(url)
    try:
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_connection(address.hostname, address.port)
    except (OSError, TimeoutError) as error:
        raise NotSent(type(error).__name__) from error
    path = f"{address.path}?{address.query}" if address.query else address.path
    try:
        async with asyncio.timeout(seconds):
            writer.write(_request(method, path, headers or {}, body))
            await writer.drain()
            return _parse(await reader.read())
    except (OSError, TimeoutError, ValueError) as error:
        raise NoAnswer(type(error).__name__) from error
    finally:
        writer.transport.abort()


def _request(method: str, path: str, headers: Mapping[str, str], body: Any) -> bytes:
    content = b"" if body is None else json.dumps(body).encode()
    lines = {"Host": "localhost", "Connection": "close", **headers}
    if body is not None:
        lines = {"Content-Type": "application/json", **lines, "Content-Length": str(len(content))}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + content


def _parse(data: bytes) -> Answer:
    head, separator, body = data.partition(b"\r\n\r\n")
    if not separator:
        raise ValueError("the headers are cut off")
    status_line, *lines = head.decode("latin-1").split("\r\n")
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in lines)
    }
    if len(body) != int(headers.get("content-length", len(body))):
        raise ValueError("the body is cut off")
    return Answer(int(status_line.split()[1]), headers, body)
