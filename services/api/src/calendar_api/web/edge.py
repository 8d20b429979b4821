"""The outermost layer: request IDs, limits, what is told of a request, the answer of last resort.

Pure ASGI. Knows no route and no event.
"""

import os
import re
import time
from http import HTTPStatus
from typing import Final

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from calendar_api.observability.metrics import Requests
from calendar_api.web.bodies import BodyReader, BodyRefused, declared_length, discard
from calendar_api.web.problems import problem

log = structlog.stdlib.get_logger("calendar_api.access")

MAX_IN_FLIGHT: Final = 200
"""Requests worked on at once; more are told at once to come back."""

CLIENT_CLOSED_REQUEST: Final = 499
"""For log and metrics: the client disconnected before there was a response. nginx's number."""

_SANE_ID: Final = re.compile(r"[A-Za-z0-9._~+/=:@-]{1,128}")
_UNCOUNTED: Final = frozenset({"/healthz", "/readyz", "/metrics"})


class Edge:
    """Wraps the application; nothing that a client does gets past it unanswered or unlogged."""

    def __init__(self, app: ASGIApp, requests: Requests) -> None:
        self._app = app
        self._requests = requests
        self._bodies = BodyReader()
        self._in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        body_length = declared_length(headers)
        scope["request_id"] = request_id = _request_id(headers)
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.perf_counter()
        status = bytes_out = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status, bytes_out
            if message["type"] == "http.response.start":
                status = message["status"]
                bytes_out = int(dict(message["headers"]).get(b"content-length", 0))
                message["headers"].append((b"x-request-id", request_id.encode()))
            await send(message)

        try:
            await self._serve(scope, receive, send_with_id, body_length=body_length)
        except Exception:
            log.exception("request_failed")
            if status:
                raise  # Half an answer is out: only a closed connection tells the client.
            answer = problem(
                scope, HTTPStatus.INTERNAL_SERVER_ERROR, "This is our fault, and it is in the log."
            )
            await answer(scope, receive, send_with_id)
        finally:
            seconds = time.perf_counter() - started
            if not status:
                is_client_gone = "client_gone" in scope
                status = CLIENT_CLOSED_REQUEST if is_client_gone else 500
            _log_access(scope, status, seconds)
            self._requests.count(
                scope,
                status=status,
                seconds=seconds,
                bytes_in=body_length or 0,
                bytes_out=bytes_out,
            )

    async def _serve(
        self, scope: Scope, receive: Receive, send: Send, *, body_length: int | None
    ) -> None:
        if scope["path"] in _UNCOUNTED:
            await self._app(scope, receive, send)
            return
        try:
            if body_length is None:
                await self._work(scope, receive, send)
                return
            body = self._bodies.read(scope["path"], receive, declared=body_length)
            async with body as receive_body:
                await self._work(scope, receive_body, send)
        except BodyRefused as error:
            await _refuse_body(error, scope, receive, send)
        except ClientDisconnect:
            scope["client_gone"] = True

    async def _work(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Counted from here: a client that is slow to send keeps nobody else out.
        if self._in_flight >= MAX_IN_FLIGHT:
            refusal = problem(
                scope,
                HTTPStatus.SERVICE_UNAVAILABLE,
                "Too many requests are being worked on; try again.",
            )
            await refusal(scope, receive, send)
            return
        self._in_flight += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._in_flight -= 1


async def _refuse_body(error: BodyRefused, scope: Scope, receive: Receive, send: Send) -> None:
    """Answers at once; then lets the client send on for a moment.

    A connection that is closed with data unread is reset, and the client may lose the answer.
    """
    answer = problem(
        scope, error.status, error.detail, kind=error.kind, headers={"Connection": "close"}
    )

    async def send_unfinished(message: Message) -> None:
        is_body = message["type"] == "http.response.body"
        await send({**message, "more_body": True} if is_body else message)

    await answer(scope, receive, send_unfinished)
    if error.has_more:
        await discard(receive)
    await send({"type": "http.response.body"})


def _request_id(headers: dict[bytes, bytes]) -> str:
    given = headers.get(b"x-request-id", b"").decode("latin-1")
    return given if _SANE_ID.fullmatch(given) else os.urandom(16).hex()


def _log_access(scope: Scope, status: int, seconds: float) -> None:
    details = {key: scope[key] for key in ("unavailable", "client_gone") if key in scope}
    write = log.debug if scope["path"] in _UNCOUNTED else log.info
    write(
        "request",
        method=scope["method"],
        path=scope["path"][:200],
        status=status,
        duration_ms=round(seconds * 1000, 2),
        **details,
    )
