"""Pages of allowed origins may make every call, and read every answer; others nothing."""

import asyncio
from typing import Final

import pytest
from prometheus_client import CollectorRegistry
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from tests.unit.test_middleware import MIB, Client, content_length, fail, part, read_all

from calendar_api.web import bodies, middleware
from calendar_api.web.application import middlewares

ORIGIN: Final = "https://calendar.example.org"
EXPOSED: Final = {"ETag", "Location", "Retry-After", "X-Request-Id"}


def wrap(app: ASGIApp, *origins: str) -> ASGIApp:
    for cls, args, kwargs in reversed(middlewares(CollectorRegistry(), cors_origins=origins)):
        app = cls(app, *args, **kwargs)
    return app


async def call(app: ASGIApp, client: Client, *origins: str) -> dict[str, str]:
    """The headers of the response."""
    await client.call(wrap(app, *origins))
    headers: dict[str, str] = {}
    for name, value in client.received[0]["headers"]:
        key = name.decode().lower()
        headers[key] = ", ".join(filter(None, [headers.get(key), value.decode()]))
    return headers


def preflight(method: str, headers: str = "", origin: str = ORIGIN) -> Client:
    sent = [(b"origin", origin.encode()), (b"access-control-request-method", method.encode())]
    if headers:
        sent.append((b"access-control-request-headers", headers.encode()))
    return Client([part(b"")], headers=sent, method="OPTIONS")


def from_page(origin: str = ORIGIN, *headers: tuple[bytes, bytes]) -> Client:
    return Client([part(b"")], headers=[(b"origin", origin.encode()), *headers])


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
async def test_preflight_allows_every_call(method: str) -> None:
    client = preflight(
        method,
        "authorization,content-type,idempotency-key,if-match,if-none-match,x-request-id,x-user-id",
    )
    headers = await call(read_all, client, ORIGIN)
    assert client.status == 200
    assert headers["access-control-allow-origin"] == ORIGIN
    assert method in headers["access-control-allow-methods"].split(", ")
    assert "access-control-allow-credentials" not in headers
    assert {"Origin", "X-User-Id"} <= set(headers["vary"].split(", "))
    assert headers["cache-control"] == "private, no-cache"
    assert headers["x-request-id"]


@pytest.mark.parametrize(
    "client",
    [
        preflight("GET", origin="https://elsewhere.example.org"),
        preflight("GET", origin="https://calendar.example.org.evil.org"),
        preflight("GET", origin="http://calendar.example.org"),
        preflight("GET", origin="null"),
        preflight("TRACE"),
        preflight("GET", "x-unknown"),
    ],
)
async def test_preflight_refuses_others(client: Client) -> None:
    headers = await call(read_all, client, ORIGIN)
    assert client.status == 400
    allowed = headers.get("access-control-allow-origin")
    assert allowed is None or allowed == ORIGIN == dict(client.headers)[b"origin"].decode()


async def too_busy(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise AssertionError("refused before")


@pytest.mark.parametrize("status", [200, 204, 304, 404, 409, 412, 415, 422, 500, 413, 408, 503])
async def test_page_may_read_every_answer(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await Response(b"", status, {"ETag": '"a"', "Location": "/b"})(scope, receive, send)

    app: ASGIApp = answer
    client = from_page()
    match status:
        case 500:
            app = fail
        case 413:
            monkeypatch.setattr(bodies, "DISCARD_SECONDS", 0)
            client = from_page(ORIGIN, *content_length(2 * MIB))
        case 408:
            monkeypatch.setattr(bodies, "BODY_SECONDS", 0)
            client.messages = [3600.0]
        case 503:
            monkeypatch.setattr(middleware, "MAX_IN_FLIGHT", 0)
            app = too_busy
    headers = await call(app, client, ORIGIN)
    assert client.status == status
    assert headers["access-control-allow-origin"] == ORIGIN
    assert set(headers["access-control-expose-headers"].split(", ")) == EXPOSED
    assert set(headers["vary"].split(", ")) == {"Origin", "X-User-Id", "Accept-Encoding"}


async def test_page_of_another_origin_may_not_read() -> None:
    client = from_page("https://elsewhere.example.org")
    headers = await call(read_all, client, ORIGIN)
    assert client.status == 200  # The browser keeps the answer from the page.
    assert "access-control-allow-origin" not in headers
    assert "Origin" in headers["vary"].split(", ")


async def test_answers_to_others_than_browsers_vary_by_origin() -> None:
    headers = await call(read_all, Client([part(b"")]), ORIGIN)
    assert "access-control-allow-origin" not in headers
    assert "Origin" in headers["vary"].split(", ")


async def test_any_origin() -> None:
    headers = await call(read_all, from_page("https://elsewhere.example.org"), "*")
    assert headers["access-control-allow-origin"] == "*"
    headers = await call(read_all, preflight("PUT", "if-match"), "*")
    assert headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("client", [from_page(), preflight("GET")])
async def test_no_page_is_allowed_unless_configured(client: Client) -> None:
    headers = await call(read_all, client)
    assert not [name for name in headers if name.startswith("access-control")]


async def test_options_without_preflight_reaches_the_application() -> None:
    async with asyncio.timeout(30):
        client = Client([part(b"abc")], headers=[(b"origin", ORIGIN.encode())], method="OPTIONS")
        await call(read_all, client, ORIGIN)
    assert client.received[1]["body"] == b"3"
