"""Reads request bodies into memory, with limits on size, on time and on the memory of all of them.

uvicorn has no such limits.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from typing import Final

from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

MAX_BODY: Final = 1024 * 1024
MAX_BATCH_BODY: Final = 16 * MAX_BODY
BATCH_PATH: Final = "/v1/events/batch"

MAX_BUFFERED: Final = 48 * MAX_BODY
"""Bytes of all bodies in memory. The events of a batch take several times the size of its body."""

BODY_SECONDS: Final = 10.0
"""The time limit for receiving a body."""

DISCARD_SECONDS: Final = 2.0
"""How long the rest of a refused body is read and discarded."""


class BodyRefused(Exception):  # noqa: N818
    """The body is too large, arrives too slowly, or exceeds the memory for all bodies."""

    def __init__(self, status: HTTPStatus, kind: str, detail: str, *, has_more: bool) -> None:
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.detail = detail
        self.has_more = has_more
        """Whether the client is still sending the body."""


def declared_length(headers: Mapping[bytes, bytes]) -> int | None:
    """Returns the length of the body by its headers (RFC 9112, section 6.3).

    0 if the length is not known yet, `None` if there is no body.
    """
    if b"content-length" in headers:
        return int(headers[b"content-length"])
    return 0 if b"transfer-encoding" in headers else None


class BodyReader:
    """Reads bodies, and counts the memory that they take until their requests end."""

    def __init__(self) -> None:
        self._buffered = 0

    @asynccontextmanager
    async def read(self, path: str, receive: Receive, *, declared: int) -> AsyncIterator[Receive]:
        """Reads the whole body; yields a `receive` that gives it to the application in one piece.

        Raises:
            BodyRefused: the body exceeds a limit; the rest of it was not read.
            ClientDisconnect: the client disconnected.
        """
        limit = MAX_BATCH_BODY if path == BATCH_PATH else MAX_BODY
        if declared > limit:
            raise _too_large(limit, has_more=True)
        chunks: list[bytes] = []
        try:
            await self._collect(chunks, receive, limit=limit)
            chunks[:] = [b"".join(chunks)]
            yield replay(chunks[0], receive)
        finally:
            self._buffered -= sum(map(len, chunks))

    async def _collect(self, chunks: list[bytes], receive: Receive, *, limit: int) -> None:
        size, is_complete = 0, False
        try:
            async with asyncio.timeout(BODY_SECONDS):
                while not is_complete:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise ClientDisconnect
                    chunks.append(message.get("body", b""))
                    is_complete = not message.get("more_body", False)
                    size += len(chunks[-1])
                    self._buffered += len(chunks[-1])
                    if size > limit:
                        raise _too_large(limit, has_more=not is_complete)
                    if self._buffered > MAX_BUFFERED:
                        raise BodyRefused(
                            HTTPStatus.SERVICE_UNAVAILABLE,
                            "service-unavailable",
                            "Too many large requests are being worked on; try again.",
                            has_more=not is_complete,
                        )
        except TimeoutError:
            raise BodyRefused(
                HTTPStatus.REQUEST_TIMEOUT,
                "request-timeout",
                f"The body did not arrive within {BODY_SECONDS:.0f} seconds.",
                has_more=False,
            ) from None


async def discard(receive: Receive) -> None:
    """Reads and discards the rest of a refused body, for a limited time."""
    with suppress(TimeoutError):
        async with asyncio.timeout(DISCARD_SECONDS):
            while (await receive()).get("more_body", False):
                pass


def _too_large(limit: int, *, has_more: bool) -> BodyRefused:
    # Python 3.13 renamed the status, so its phrase cannot name the problem.
    return BodyRefused(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "content-too-large",
        f"The body may have {limit} bytes.",
        has_more=has_more,
    )


def replay(body: bytes, receive: Receive) -> Receive:
    """Returns a `receive` for a request whose body has been read already."""
    is_sent = False

    async def receive_again() -> Message:
        nonlocal is_sent
        if is_sent:  # The next message is the disconnect.
            return await receive()
        is_sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again
