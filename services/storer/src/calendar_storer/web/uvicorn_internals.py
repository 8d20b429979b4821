"""The only module that touches private parts of uvicorn; its version is pinned in pyproject.toml.

It adds what uvicorn lacks: limits on connections and headers, errors as problem details, and
requests that offer another protocol (`Upgrade`), whose bodies uvicorn loses.
"""

import asyncio
import re
from http import HTTPStatus
from typing import Any, ClassVar, Final
from uuid import uuid4

import httptools
import structlog
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from calendar_storer.web.connection_limits import REQUEST_SECONDS, ConnectionLimits, Phase
from calendar_storer.web.headers import of_every_response
from calendar_storer.web.problems import problem

log = structlog.stdlib.get_logger(__name__)

MAX_HEADER_BYTES: Final = 64 * 1024
"""Of a request line with its headers; also of trailers."""

# RFC 9110, 7.2 and RFC 3986, 3.2.2: a name or an IPv4 address, which may be empty, or an IPv6
# address in brackets; then perhaps a port.
_HOST: Final = re.compile(
    rb"(?:\[[0-9A-Fa-f:.]+\]|(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*)(?::[0-9]*)?"
)


class _HostInvalid(Exception):  # noqa: N818 - a fault of the client
    """The request has no valid Host, or several."""


def http_protocol(limits: ConnectionLimits) -> type["HttpProtocol"]:
    """The class of the connections of one server."""

    return type("LimitedHttpProtocol", (HttpProtocol,), {"limits": limits})


class HttpProtocol(HttpToolsProtocol):
    """One connection of a client."""

    limits: ClassVar[ConnectionLimits]

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.phase: Phase | None = None
        self._is_in_message = False
        self._is_in_headers = False
        self._header_bytes = 0
        self._has_body_data = False
        self._running: RequestResponseCycle | None = None

    # ---- called by the event loop

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Accept the connection, or refuse it."""
        super().connection_made(transport)
        if not self.limits.admit(self):
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "Too many connections; try again.")

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop counting the connection; tell the application."""
        self.limits.remove(self)
        if self._running is not None:
            # uvicorn tells only the last of several pipelined requests.
            self._running.disconnected = True
            self._running.message_event.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what the client has sent."""
        self._unset_keepalive_if_required()
        self._has_body_data = False
        try:
            self._parse(data)
        except httptools.HttpParserError as error:
            # The parser wraps what its callbacks raise.
            is_host = isinstance(error.__context__, _HostInvalid)
            reason = str(error.__context__) if is_host else "Invalid HTTP request received."
            self._refuse(HTTPStatus.BAD_REQUEST, reason)
            return
        if self._is_in_headers:
            self._update_phase()
        if self._is_in_message and not self._has_body_data:
            # Headers, or trailers.
            self._header_bytes += len(data)
            if self._header_bytes > MAX_HEADER_BYTES:
                self._refuse(
                    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                    f"The headers may have {MAX_HEADER_BYTES} bytes.",
                )

    def pause_writing(self) -> None:
        """The client is slow to read."""
        super().pause_writing()
        self._update_phase()

    def resume_writing(self) -> None:
        """The client has caught up."""
        super().resume_writing()
        self._update_phase()

    # ---- called by the parser

    def on_message_begin(self) -> None:
        """A request starts."""
        super().on_message_begin()
        self._is_in_message = self._is_in_headers = True
        self._header_bytes = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header or a trailer. White space after a value is not part of it (RFC 9110, 5.5)."""
        super().on_header(name, value.rstrip(b" \t"))  # The parser removes what is before it.

    def on_headers_complete(self) -> None:
        """The body follows, if there is one."""
        self._is_in_headers = False
        if self.parser.should_upgrade():
            return  # `_parse` starts this request again, without the offer.
        self._check_host()
        super().on_headers_complete()
        # Trailers are no headers: a gateway that sets X-User-Id does not look at them.
        self.headers = []
        self._header_bytes = 0
        self._update_phase()

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        self._has_body_data = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request has arrived."""
        self._is_in_message = False
        if self.parser.should_upgrade():
            return
        super().on_message_complete()
        self._update_phase()

    # ---- called by uvicorn

    def on_response_complete(self) -> None:
        """The response is written; the next request may come, or has come already."""
        super().on_response_complete()
        self._update_phase()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        """Run the application, once the client has read the responses before.

        Otherwise requests of clients that do not read would take up all that may run at once.
        """

        async def run(scope: Any, receive: Any, send: Any) -> None:
            await self.flow.drain()
            if not cycle.disconnected:
                await app(scope, receive, send)

        self._running = cycle
        super()._start_asgi_task(cycle, run)

    # ---- called by the limits

    def unread_bytes(self) -> int:
        """Bytes of responses that the client has not read yet."""
        return self.transport.get_write_buffer_size()

    def abort(self) -> None:
        """End the connection at once."""
        self.transport.abort()

    def request_timed_out(self) -> None:
        """End the connection; say why, if the client has begun a request."""
        if self.transport.is_closing() or self.unread_bytes():
            self.transport.abort()
        elif self._is_in_headers:
            seconds = f"{REQUEST_SECONDS:.0f} seconds"
            self._refuse(
                HTTPStatus.REQUEST_TIMEOUT, f"The headers did not arrive within {seconds}."
            )
        else:
            self.transport.close()

    def _update_phase(self) -> None:
        cycle: RequestResponseCycle | None = self.cycle  # None before the first request.
        if self.flow.write_paused:
            phase = Phase.READING
        elif cycle is None or cycle.response_complete:
            phase = Phase.REQUEST if self._is_in_message else Phase.IDLE
        elif cycle.more_body and not self.pipeline:
            phase = Phase.BODY
        else:
            phase = Phase.RESPONSE
        self.limits.move(self, phase)

    def _parse(self, data: bytes) -> None:
        """Feed the parser. An offer of another protocol is ignored, as RFC 9110, 7.8 allows.

        The parser takes the end of such a request's headers for the end of HTTP on the connection.
        So a new parser gets the same request without the offer, and what came after it.
        """
        rest = memoryview(data)
        while True:
            try:
                self.parser.feed_data(rest)
            except httptools.HttpParserUpgrade as offer:
                end_of_head: int = offer.args[0]
            else:
                return
            method = self.parser.get_method()
            if method == b"CONNECT":
                raise httptools.HttpParserInvalidMethodError("no proxy")
            head = self._head_without_offer(method)
            rest = rest[end_of_head:]
            self.parser = _new_parser(self)
            self.parser.feed_data(head)

    def _check_host(self) -> None:
        """RFC 9112, 3.2. HTTP/1.0 knows no Host, but may not have an ambiguous one."""
        hosts = [value for name, value in self.headers if name == b"host"]
        if len(hosts) > 1:
            raise _HostInvalid("The request has more than one Host.")
        if not hosts and self.parser.get_http_version() != "1.0":
            raise _HostInvalid("The request has no Host.")
        if hosts and not _HOST.fullmatch(hosts[0]):
            raise _HostInvalid("The Host is not a valid one.")

    def _head_without_offer(self, method: bytes) -> bytes:
        version = self.parser.get_http_version().encode()
        lines = [b"%b %b HTTP/%b" % (method, self.url, version)]
        lines += [b"%b: %b" % header for header in self.headers if header[0] != b"upgrade"]
        return b"\r\n".join([*lines, b"", b""])

    def _refuse(self, status: HTTPStatus, detail: str) -> None:
        """Answer what is not a request for the application, and close the connection."""
        self._is_in_message = self._is_in_headers = False
        if self._is_response_due():
            self.transport.close()  # The client would take the answer for that response.
            return
        request_id = uuid4().hex
        log.info("connection_refused", status=status.value, reason=detail, request_id=request_id)
        scope = {"raw_path": b"*", "request_id": request_id}
        response = problem(scope, status, detail, headers={"Connection": "close"})
        headers = [*response.raw_headers, *of_every_response(request_id)]
        lines = [
            f"HTTP/1.1 {status.value} {status.phrase}".encode(),
            *(name + b": " + value for name, value in headers),
            b"",
            bytes(response.body),
        ]
        self.transport.write(b"\r\n".join(lines))
        self.transport.close()

    def _is_response_due(self) -> bool:
        """Whether an earlier request, or this one already, has a response on its way."""
        cycle: RequestResponseCycle | None = self.cycle
        if self.pipeline:
            return True
        if cycle is None or cycle.response_complete:
            return False
        return cycle.response_started or not cycle.more_body


def _new_parser(protocol: HttpToolsProtocol) -> httptools.HttpRequestParser:
    parser = httptools.HttpRequestParser(protocol)
    parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn sets it
    return parser
