"""The headers that every response has."""

from typing import Final

COMMON: Final = (
    # Caches may keep what a user reads for that user alone, and ask before each use.
    (b"cache-control", b"private, no-cache"),
    (b"vary", b"X-User-Id, Accept-Encoding"),
)


def of_every_response(request_id: str) -> list[tuple[bytes, bytes]]:
    """The headers to add to the response to a request."""
    return [*COMMON, (b"x-request-id", request_id.encode())]
