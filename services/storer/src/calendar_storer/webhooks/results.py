"""What comes of an attempt to deliver."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

TIMEOUT_SECONDS: Final = 15.0
"""For one attempt: name, connection, TLS, request and answer."""


class Failure(StrEnum):
    """Why an attempt failed: a label of metrics, so there are few."""

    TIMEOUT = "timeout"
    CONNECTION = "connection"
    TLS = "tls"
    INVALID_ANSWER = "invalid_answer"
    REDIRECT = "redirect"
    GONE = "gone"
    TOO_MANY_REQUESTS = "too_many_requests"
    CLIENT_ERROR = "client_error"
    SERVER_ERROR = "server_error"
    BUG = "bug"
    """Ours: nothing was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of an attempt."""

    failure: Failure | None = None
    """`None`: the receiver has accepted the webhook."""
    detail: str = ""
    """For the operator. Quotes neither the path, which may be a secret, nor the answer."""
    retry_after: float | None = None
    """Seconds for which the receiver asks."""
