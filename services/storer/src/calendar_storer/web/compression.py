"""Compresses responses with gzip for clients that accept it.

Starlette's middleware looks neither at the weights of Accept-Encoding nor at entity tags.
"""

import re
import zlib
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from calendar_storer.web.turns import next_turn

MIN_BYTES: Final = 1024
MEDIA_TYPES: Final = {
    "application/json",
    "application/problem+json",
    "text/css",
    "text/html",
    "text/javascript",
}

LEVEL: Final = 1
"""A month of 1,000 events takes 3 ms and becomes a quarter; level 6 takes 6 ms for a fifth less."""

TURN_BYTES: Final = 128 * 1024
"""What is compressed in one turn, about 1 ms."""

_GZIP_FORMAT: Final = 16 + zlib.MAX_WBITS
_WEIGHT: Final = re.compile(r"(?:;[ \t]*+q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?+[ \t]*+")


class CompressionMiddleware:
    """Compresses what is in one piece, long enough, and of a type that shrinks."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or not _accepts_codings(scope):
            await self._app(scope, receive, send)
            return
        start: Message | None = None

        async def send_compressed(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            if start is not None:
                if start["status"] == 304:
                    _name_known_variant(start, Headers(scope=scope))
                elif _pays(start, message) and prefers_gzip(Headers(scope=scope)):
                    await _compress(start, message)
                await send(start)
                start = None
            await send(message)

        await self._app(scope, receive, send_compressed)


def _accepts_codings(scope: Scope) -> bool:
    """Without the header, any coding is acceptable, but clients do not expect one."""
    return any(name == b"accept-encoding" for name, _ in scope["headers"])


def prefers_gzip(request: Headers) -> bool:
    """Whether Accept-Encoding accepts gzip, and not less than no coding (RFC 9110, 12.5.3)."""
    weights: dict[str, float] = {}
    for item in ",".join(request.getlist("accept-encoding")).lower().split(","):
        coding, separator, parameters = item.partition(";")
        weight = _WEIGHT.fullmatch(separator + parameters)
        weights[coding.strip()] = float(weight[1] or 1) if weight else 0.0
    gzip = weights.get("gzip", weights.get("*", 0.0))
    return gzip > 0 and gzip >= weights.get("identity", 0.0)


def _pays(start: Message, body: Message) -> bool:
    if len(body.get("body", b"")) < MIN_BYTES or body.get("more_body", False):
        return False
    headers = Headers(raw=start["headers"])
    media_type = headers.get("content-type", "").partition(";")[0]
    return media_type in MEDIA_TYPES and "content-encoding" not in headers


async def _compress(start: Message, message: Message) -> None:
    compressor = zlib.compressobj(LEVEL, wbits=_GZIP_FORMAT)
    body = memoryview(message["body"])
    pieces = []
    for position in range(0, len(body), TURN_BYTES):
        if len(body) > TURN_BYTES:
            await next_turn()
        pieces.append(compressor.compress(body[position : position + TURN_BYTES]))
    message["body"] = b"".join([*pieces, compressor.flush()])
    headers = MutableHeaders(raw=start["headers"])
    headers["Content-Encoding"] = "gzip"
    headers["Content-Length"] = str(len(message["body"]))
    if etag := headers.get("etag"):
        headers["ETag"] = _variant(etag)


def _variant(etag: str) -> str:
    """The entity tag of the compressed response: a strong one names the bytes."""
    return f'{etag[:-1]}-gzip"' if etag.startswith('"') else etag


def _name_known_variant(start: Message, request: Headers) -> None:
    """Gives a 304 the tag of the compressed response, if that is the one that the client has."""
    headers = MutableHeaders(raw=start["headers"])
    variant = _variant(headers.get("etag", ""))
    if variant and variant in ",".join(request.getlist("if-none-match")):
        headers["ETag"] = variant
