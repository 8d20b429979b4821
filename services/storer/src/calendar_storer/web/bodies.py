"""Reads request bodies into memory, with limits on size, on time and on the memory of all of them.

uvicorn has no such limits.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from calendar_storer.web.middleware import PROBES
from calendar_storer.web.problems import problem

MAX_BODY: Final = 1024 * 1024

MAX_BUFFERED: Final = 48 * MAX_BODY
"""Bytes of all bodies in memory. What is parsed of one takes several times its size."""

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


class BodyMiddleware:
    """Reads the body of each request before the application gets it, all in one piece."""

    def __init__(self, app: ASGIApp, limits: Mapping[str, int]) -> None:
        """`limits` are those of paths where a body may have more, or less, than `MAX_BODY`."""
        self._app = app
        self._limits = limits
        self._buffered = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"] in PROBES or not _has_body(scope):
            await self._app(scope, receive, send)
            return
        chunks: list[bytes] = []
        try:
            await self._receive_body(scope, receive, chunks)
            chunks[:] = [b"".join(chunks)]
            await self._app(scope, _replay(chunks[0], receive), send)
        except BodyRefused as error:
            refusal = error
        else:
            return
        finally:
            self._buffered -= sum(map(len, chunks))
            chunks.clear()
        # Only now: the client may take a while, and its bytes must not count against others.
        await _refuse(refusal, scope, receive, send)

    async def _receive_body(self, scope: Scope, receive: Receive, chunks: list[bytes]) -> None:
        """Appends the body to `chunks`.

        Raises:
            BodyRefused: the body exceeds a limit; the rest of it was not read.
            ClientDisconnect: the client disconnected.
        """
        limit = self._limits.get(scope["path"], MAX_BODY)
        if int(Headers(scope=scope).get("content-length", 0)) > limit:
            raise _too_large(limit, has_more=True)
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


def _has_body(scope: Scope) -> bool:
    """RFC 9112, section 6.3."""
    return any(name in {b"content-length", b"transfer-encoding"} for name, _ in scope["headers"])


async def _refuse(error: BodyRefused, scope: Scope, receive: Receive, send: Send) -> None:
    """Responds at once; then lets the client send on for a moment.

    A connection that is closed with data unread is reset, and the client may lose the response.
    """
    response = problem(
        scope, error.status, error.detail, kind=error.kind, headers={"Connection": "close"}
    )

    async def send_unfinished(message: Message) -> None:
        is_body = message["type"] == "http.response.body"
        await send({**message, "more_body": True} if is_body else message)

    await response(scope, receive, send_unfinished)
    if error.has_more:
        await _discard(receive)
    await send({"type": "http.response.body"})


async def _discard(receive: Receive) -> None:
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


def _replay(body: bytes, receive: Receive) -> Receive:
    """Returns a `receive` for a request whose body has been read already."""
    is_sent = False

    async def receive_again() -> Message:
        nonlocal is_sent
        if is_sent:  # The next message is the disconnect.
            return await receive()
        is_sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again
