"""Takes in request bodies, within limits of size, of time and, of all together, of memory.

The server has no such limits itself.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from typing import Final

from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

from calendar_api.time_limit import TimeLimit

MAX_BODY: Final = 1024 * 1024
MAX_BATCH_BODY: Final = 16 * MAX_BODY
BATCH_PATH: Final = "/v1/events/batch"

MAX_HELD: Final = 48 * MAX_BODY
"""Bytes of all bodies in hand. A parsed batch takes several times its size."""

BODY_SECONDS: Final = 10.0
"""How long a client may take to send its body."""

DISCARD_SECONDS: Final = 2.0
"""How long what is left of a refused body is read, and forgotten."""


class BodyRefused(Exception):  # noqa: N818
    """The body is too large, too slow, or one too many."""

    def __init__(self, status: HTTPStatus, kind: str, detail: str, *, has_rest: bool) -> None:
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.detail = detail
        self.has_rest = has_rest
        """Whether more of it is to come, and soon."""


def announced_length(headers: Mapping[bytes, bytes]) -> int | None:
    """The bytes that follow the headers (RFC 9112, section 6.3).

    0 where the length is not known yet, `None` where there is no body.
    """
    if b"content-length" in headers:
        return int(headers[b"content-length"])
    return 0 if b"transfer-encoding" in headers else None


class Bodies:
    """All bodies that are in hand."""

    def __init__(self) -> None:
        self._held = 0
        self._in_time = TimeLimit(BODY_SECONDS)

    @asynccontextmanager
    async def taken_in(
        self, path: str, receive: Receive, *, announced: int
    ) -> AsyncIterator[Receive]:
        """Waits for the whole body; yields it as the application receives it.

        Raises:
            BodyRefused: it breaks a limit; what is left of it was not read.
            ClientDisconnect: the client went away.
        """
        limit = MAX_BATCH_BODY if path == BATCH_PATH else MAX_BODY
        if announced > limit:
            raise _too_large(limit, has_rest=True)
        chunks: list[bytes] = []
        try:
            await self._collect(chunks, receive, limit=limit)
            chunks[:] = [b"".join(chunks)]
            yield replay(chunks[0], receive)
        finally:
            self._held -= sum(map(len, chunks))

    async def _collect(self, chunks: list[bytes], receive: Receive, *, limit: int) -> None:
        size, is_complete = 0, False
        try:
            with self._in_time():
                while not is_complete:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise ClientDisconnect
                    chunks.append(message.get("body", b""))
                    is_complete = not message.get("more_body", False)
                    size += len(chunks[-1])
                    self._held += len(chunks[-1])
                    if size > limit:
                        raise _too_large(limit, has_rest=not is_complete)
                    if self._held > MAX_HELD:
                        raise BodyRefused(
                            HTTPStatus.SERVICE_UNAVAILABLE,
                            "service-unavailable",
                            "Too many large requests are being worked on; try again.",
                            has_rest=not is_complete,
                        )
        except TimeoutError:
            raise BodyRefused(
                HTTPStatus.REQUEST_TIMEOUT,
                "request-timeout",
                f"The body did not arrive within {BODY_SECONDS:.0f} seconds.",
                has_rest=False,
            ) from None


async def discard(receive: Receive) -> None:
    """Reads what is left of a refused body, for a moment."""
    with suppress(TimeoutError):
        async with asyncio.timeout(DISCARD_SECONDS):
            while (await receive()).get("more_body", False):
                pass


def _too_large(limit: int, *, has_rest: bool) -> BodyRefused:
    # Python 3.13 renamed the status, so its phrase cannot name the problem.
    return BodyRefused(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "content-too-large",
        f"The body may have {limit} bytes.",
        has_rest=has_rest,
    )


def replay(body: bytes, receive: Receive) -> Receive:
    """What an application receives of a request whose body was read already."""
    is_sent = False

    async def receive_again() -> Message:
        nonlocal is_sent
        if is_sent:  # What comes now is the end of the connection.
            return await receive()
        is_sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again
