"""The middlewares around the application, one for each job. app.py has their order."""

import os
import re
import time
from collections.abc import Collection
from http import HTTPStatus
from typing import Final

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from calendar_storer.web.headers import of_every_response
from calendar_storer.web.problems import problem
from calendar_storer.web.request_metrics import RequestMetrics

log = structlog.stdlib.get_logger("calendar_storer.access")

MAX_IN_FLIGHT: Final = 200
"""Requests that are worked on at once. A request more is refused with 503."""

CLIENT_CLOSED_REQUEST: Final = 499
"""For log and metrics: the client disconnected before there was a response. nginx's number."""

PROBES: Final = frozenset({"/healthz", "/readyz", "/metrics"})
"""Paths without limits, whose requests are logged at level debug."""

_VALID_ID: Final = re.compile(r"[A-Za-z0-9._~+/=:@-]{1,128}")


class RequestIdMiddleware:
    """Gives each request an ID, the client's own if it is valid, and each response its headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sent = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        request_id = sent if _VALID_ID.fullmatch(sent) else os.urandom(16).hex()
        scope["request_id"] = request_id
        structlog.contextvars.bind_contextvars(request_id=request_id)

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] += of_every_response(request_id)
            await send(message)

        await self._app(scope, receive, send_with_id)


class AccessMiddleware:
    """Logs and counts each request."""

    def __init__(self, app: ASGIApp, metrics: RequestMetrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        # For a request without a response: it was cancelled, because a stop took too long.
        status, headers = 500, []

        async def send_and_note(message: Message) -> None:
            nonlocal status, headers
            if message["type"] == "http.response.start":
                status, headers = message["status"], message["headers"]
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        except ClientDisconnect:
            status = CLIENT_CLOSED_REQUEST
        finally:
            seconds = time.perf_counter() - started
            _log_request(scope, status, seconds)
            self._metrics.observe(scope, status=status, headers=headers, seconds=seconds)


def _log_request(scope: Scope, status: int, seconds: float) -> None:
    write = log.debug if scope["path"] in PROBES else log.info
    write(
        "request",
        method=scope["method"],
        path=scope["path"][:200],
        status=status,
        duration_ms=round(seconds * 1000, 2),
        **({"unavailable": scope["unavailable"]} if "unavailable" in scope else {}),
    )


class ErrorMiddleware:
    """Logs unexpected errors, and answers them with 500."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        is_started = False

        async def send_and_note(message: Message) -> None:
            nonlocal is_started
            is_started = True
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        except ClientDisconnect:
            raise
        except Exception:
            if scope["type"] != "http":
                raise
            log.exception("request_failed")
            if is_started:
                raise  # The server closes the connection: the response is incomplete.
            response = problem(
                scope, HTTPStatus.INTERNAL_SERVER_ERROR, "This is our fault, and it is in the log."
            )
            await response(scope, receive, send)


class InFlightMiddleware:
    """Limits the number of requests that are worked on at once."""

    def __init__(self, app: ASGIApp, *, not_counted: Collection[str] = ()) -> None:
        """Requests of the paths `not_counted` have no limit here, nor have the probes."""
        self._app = app
        self._not_counted = PROBES.union(not_counted)
        self._in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"] in self._not_counted:
            await self._app(scope, receive, send)
            return
        if self._in_flight >= MAX_IN_FLIGHT:
            response = problem(
                scope,
                HTTPStatus.SERVICE_UNAVAILABLE,
                "Too many requests are being worked on; try again.",
            )
            await response(scope, receive, send)
            return
        self._in_flight += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._in_flight -= 1
