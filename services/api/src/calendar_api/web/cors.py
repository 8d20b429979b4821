"""Which calls browsers allow to web pages of other origins (the Fetch standard's CORS protocol)."""

from collections.abc import Collection
from typing import Final

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
REQUEST_HEADERS: Final = (
    "Authorization",  # for a gateway
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "Last-Event-ID",  # of streams
    "X-Request-Id",
    "X-User-Id",
)
RESPONSE_HEADERS: Final = ("ETag", "Location", "Retry-After", "X-Request-Id")


def cors(origins: Collection[str]) -> Middleware:
    """Allows every call to pages of these origins. Cookies are not sent along: there are none."""
    return Middleware(
        CORSMiddleware,
        allow_origins=origins,
        allow_methods=METHODS,
        allow_headers=REQUEST_HEADERS,
        expose_headers=RESPONSE_HEADERS,
    )
