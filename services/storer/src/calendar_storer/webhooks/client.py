"""Sends one webhook over HTTP. Whatever the receiver does, there is a result in time."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path
from typing import Final

import aiohttp

from calendar_storer import __version__
from calendar_storer.errors import ConfigError
from calendar_storer.webhooks.results import TIMEOUT_SECONDS, Failure, Result

KEEP_ALIVE_SECONDS: Final = 2.0
"""An idle connection is closed before most receivers close it (5 s): a webhook that is sent at that
moment fails."""
MAX_ANSWER_BYTES: Final = 64 * 1024
"""Of an answer's body, which is read only so that the connection can be used again."""
LEAST_CHUNK_BYTES: Final = 1024
"""What a chunk of an answer counts at least: many small ones cost time."""
MAX_RETRY_AFTER_SECONDS: Final = 24 * 60 * 60.0

HEADERS: Final = {
    "content-type": "application/json",
    "user-agent": f"calendar_storer/{__version__}",
}


class WebhookClient:
    """Sends webhooks, over connections that are used again."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def post(self, url: str, *, body: bytes, headers: Mapping[str, str]) -> Result:
        """Send `body` to `url`. Raises nothing."""
        result = None
        try:
            async with (
                asyncio.timeout(TIMEOUT_SECONDS),
                self._session.post(
                    url, data=body, headers=headers, allow_redirects=False
                ) as answer,
            ):
                result = _result(answer)
                await _discard(answer)
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            # The status is enough: that the rest of the answer is broken changes nothing.
            return result or _failed(error)
        return result


@asynccontextmanager
async def open_client(tls: ssl.SSLContext) -> AsyncIterator[WebhookClient]:
    """A client for all endpoints.

    It follows no redirects, uses no proxies from the environment, stores no cookies and
    decompresses nothing. How many connections there are is up to the caller.
    """
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, ssl=tls, keepalive_timeout=KEEP_ALIVE_SECONDS),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
        timeout=aiohttp.ClientTimeout(total=None),
        headers=HEADERS,
    ) as session:
        yield WebhookClient(session)


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """Trusts the certificates of the system, or those of `ca_file`.

    Raises:
        ConfigError: they cannot be used.
    """
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise ConfigError(f"storer.webhook_ca_file: cannot be used: {reason}") from None


def _result(answer: aiohttp.ClientResponse) -> Result:
    status = answer.status
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Result()
    return Result(
        failure=_failure_of(status),
        detail=f"status {status}",
        retry_after=retry_after(answer.headers.get("retry-after"), now=datetime.now(UTC)),
    )


def _failure_of(status: int) -> Failure:
    if status == HTTPStatus.GONE:
        return Failure.GONE
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Failure.TOO_MANY_REQUESTS
    if status < HTTPStatus.BAD_REQUEST:
        return Failure.REDIRECT
    if status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return Failure.CLIENT_ERROR
    return Failure.SERVER_ERROR


def retry_after(value: str | None, *, now: datetime) -> float | None:
    """The seconds of a Retry-After header, which has seconds or a date; `None` if it is neither."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        seconds = float(text[:9])
    else:
        try:
            date = parsedate_to_datetime(text)
        except ValueError:
            return None
        seconds = (date.replace(tzinfo=date.tzinfo or UTC) - now).total_seconds()
    return min(max(seconds, 0.0), MAX_RETRY_AFTER_SECONDS)


async def _discard(answer: aiohttp.ClientResponse) -> None:
    """Reads the body to its end, or closes the connection if it is too long."""
    length = 0
    async for chunk in answer.content.iter_any():
        length += max(len(chunk), LEAST_CHUNK_BYTES)
        if length > MAX_ANSWER_BYTES:
            answer.close()
            return


def _failed(error: Exception) -> Result:
    if isinstance(error, TimeoutError):
        return Result(failure=Failure.TIMEOUT, detail=f"no answer within {TIMEOUT_SECONDS:.0f} s")
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        reason = error.certificate_error
        detail = getattr(reason, "verify_message", "") or type(reason).__name__
        return Result(failure=Failure.TLS, detail=f"certificate: {detail}")
    if isinstance(error, aiohttp.ClientSSLError):
        return Result(failure=Failure.TLS, detail=error.strerror or "TLS failed")
    if isinstance(error, aiohttp.ClientConnectionError | OSError):
        detail = getattr(error, "strerror", None) or type(error).__name__
        return Result(failure=Failure.CONNECTION, detail=str(detail))
    return Result(failure=Failure.INVALID_ANSWER, detail=type(error).__name__)
