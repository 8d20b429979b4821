"""HTTP on the wire, where it is not a request yet, or no longer: what uvicorn leaves to others.

Malformed bytes, headers that are too long or too slow, more connections than can be served, and
clients that do not read their answers. Knows no route.
"""

import asyncio
from http import HTTPStatus
from typing import Any, ClassVar, Final
from uuid import uuid4

import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from calendar_api.problems import problem

log = structlog.stdlib.get_logger(__name__)

MAX_CONNECTIONS: Final = 1000

MAX_HEADERS: Final = 64 * 1024
"""Bytes of a request line with its headers."""

HEADER_SECONDS: Final = 10.0
"""How long they may take to arrive, from the connection or from their first byte on."""

READ_SECONDS: Final = 10.0
READ_BYTES: Final = 64 * 1024
"""What a client must take of an answer in that time; one that is slower is cut off."""

MAX_UNREAD: Final = 64 * 1024 * 1024
"""Bytes of all answers that wait for their clients."""


class Protocol(HttpToolsProtocol):
    """One connection."""

    _waiting: ClassVar[dict["Protocol", None]] = {}
    """Those of the process whose clients are slow to read, by how long they have been."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._is_in_headers = False
        self._header_deadline: asyncio.TimerHandle | None = None
        self._header_bytes = 0
        self._read_deadline: asyncio.TimerHandle | None = None
        self._unread = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Takes the connection, unless there are too many."""
        super().connection_made(transport)
        if len(self.connections) > MAX_CONNECTIONS:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "Too many connections; try again.")
        else:
            self._await_headers()
            self._start_header_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forgets all deadlines."""
        self._headers_are_here()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Counts what arrives before the headers are complete."""
        super().data_received(data)
        if self._is_in_headers:
            if self._header_deadline is None:
                # Only now: most headers come in one piece, and a timer for each would be dear.
                self._start_header_deadline()
            self._header_bytes += len(data)
            if self._header_bytes > MAX_HEADERS:
                self._refuse(
                    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                    f"The headers may have {MAX_HEADERS} bytes.",
                )

    def on_message_begin(self) -> None:
        """A request starts."""
        super().on_message_begin()
        self._await_headers()

    def on_headers_complete(self) -> None:
        """From here on it is a request, and the application's."""
        self._headers_are_here()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Answers what is no HTTP."""
        self._refuse(HTTPStatus.BAD_REQUEST, msg)

    def pause_writing(self) -> None:
        """The client is slow to read: watch it."""
        super().pause_writing()
        self._unread = self.transport.get_write_buffer_size()
        self._read_deadline = self.loop.call_later(READ_SECONDS, self._check_reader)
        self._waiting[self] = None
        unread = sum(each.transport.get_write_buffer_size() for each in self._waiting)
        while unread > MAX_UNREAD:
            # Who has waited longest is the least likely to read on.
            unread -= next(iter(self._waiting)).cut_off()

    def resume_writing(self) -> None:
        """It has caught up."""
        self._waiting.pop(self, None)
        if self._read_deadline is not None:
            self._read_deadline.cancel()
            self._read_deadline = None
        super().resume_writing()

    def cut_off(self) -> int:
        """Ends the connection at once; how many bytes of its answer were unread."""
        self._waiting.pop(self, None)
        unread: int = self.transport.get_write_buffer_size()
        log.info("slow_reader_cut_off", unread_bytes=unread)
        self.transport.abort()
        return unread

    def _check_reader(self) -> None:
        unread = self.transport.get_write_buffer_size()
        if unread > self._unread - READ_BYTES:
            self.cut_off()
            return
        self._unread = unread
        self._read_deadline = self.loop.call_later(READ_SECONDS, self._check_reader)

    def _await_headers(self) -> None:
        self._headers_are_here()
        self._is_in_headers = True
        self._header_bytes = 0

    def _start_header_deadline(self) -> None:
        self._header_deadline = self.loop.call_later(HEADER_SECONDS, self._give_up)

    def _headers_are_here(self) -> None:
        self._is_in_headers = False
        if self._header_deadline is not None:
            self._header_deadline.cancel()
            self._header_deadline = None

    def _give_up(self) -> None:
        if self._header_bytes:
            seconds = f"{HEADER_SECONDS:.0f} seconds"
            self._refuse(
                HTTPStatus.REQUEST_TIMEOUT, f"The headers did not arrive within {seconds}."
            )
        else:
            self.transport.close()

    def _refuse(self, status: HTTPStatus, detail: str) -> None:
        self._headers_are_here()
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and not (cycle.response_complete or cycle.more_body):
            # An earlier request is being worked on, and this would be taken for its answer.
            self.transport.close()
            return
        request_id = uuid4().hex
        log.info("connection_refused", status=status.value, reason=detail, request_id=request_id)
        headers = {"X-Request-Id": request_id, "Connection": "close"}
        scope = {"raw_path": b"*", "request_id": request_id}
        answer = problem(scope, status, detail, headers=headers)
        lines = [
            f"HTTP/1.1 {status.value} {status.phrase}".encode(),
            *(name + b": " + value for name, value in answer.raw_headers),
            b"",
            bytes(answer.body),
        ]
        self.transport.write(b"\r\n".join(lines))
        self.transport.close()
