"""Responses are compressed for clients that want it, where it pays, and named as their own."""

import asyncio
import gzip
import json
from typing import Final

import pytest
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from calendar_api.web.compression import MIN_BYTES, TURN_BYTES, CompressionMiddleware, prefers_gzip

LONG: Final = json.dumps([{"title": f"Event {number}"} for number in range(100)]).encode()


async def exchange(app: ASGIApp, *headers: tuple[str, str]) -> list[Message]:
    """What is sent in response to a request with these headers."""
    sent: list[Message] = []

    async def receive() -> Message:
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    raw = [(name.encode(), value.encode()) for name, value in headers]
    await CompressionMiddleware(app)({"type": "http", "headers": raw}, receive, send)
    return sent


async def respond(response: Response, *headers: tuple[str, str]) -> tuple[Headers, bytes]:
    """Headers and body of what becomes of a response."""
    start, body = await exchange(response, *headers)
    return Headers(raw=start["headers"]), body["body"]


def of_json(body: bytes = LONG, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(body, headers=named, media_type="application/json")


GZIP: Final = ("accept-encoding", "gzip")


async def test_long_json_is_compressed() -> None:
    headers, body = await respond(of_json(), GZIP)
    assert headers["content-encoding"] == "gzip"
    assert headers["content-length"] == str(len(body))
    assert headers["content-type"] == "application/json"
    assert gzip.decompress(body) == LONG
    assert len(body) < len(LONG) / 3


@pytest.mark.parametrize("size", [TURN_BYTES, TURN_BYTES + 1, 5 * TURN_BYTES + 7])
async def test_body_of_any_size_is_compressed_whole(size: int) -> None:
    content = (LONG * (size // len(LONG) + 1))[:size]
    headers, body = await respond(of_json(content), GZIP)
    assert gzip.decompress(body) == content
    assert headers["content-length"] == str(len(body))


async def test_others_are_served_while_a_long_body_is_compressed() -> None:
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    others_task = asyncio.create_task(others())
    await respond(of_json(bytes(8 * TURN_BYTES)), GZIP)
    others_task.cancel()
    assert turns >= 8


@pytest.mark.parametrize(
    ("length", "is_compressed"), [(MIN_BYTES - 1, False), (MIN_BYTES, True), (0, False)]
)
async def test_short_body_is_not_compressed(length: int, *, is_compressed: bool) -> None:
    headers, body = await respond(of_json(b" " * length), GZIP)
    assert ("content-encoding" in headers) is is_compressed
    assert (len(body) < length) is is_compressed


@pytest.mark.parametrize(
    ("media_type", "is_compressed"),
    [
        ("application/json", True),
        ("application/problem+json", True),
        ("text/html", True),
        ("text/javascript", True),
        ("text/css", True),
        ("image/png", False),
        ("text/plain; version=1.0.0; charset=utf-8", False),  # /metrics
        ("text/event-stream", False),
    ],
)
async def test_types_that_are_compressed(media_type: str, *, is_compressed: bool) -> None:
    headers, _ = await respond(Response(LONG, media_type=media_type), GZIP)
    assert ("content-encoding" in headers) is is_compressed


async def test_body_that_is_compressed_already_is_left_alone() -> None:
    headers, body = await respond(of_json(content_encoding="br"), GZIP)
    assert (headers["content-encoding"], body) == ("br", LONG)


async def test_stream_is_left_alone() -> None:
    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": head})
        for number in range(3):
            await send({"type": "http.response.body", "body": LONG, "more_body": number < 2})

    head = of_json().raw_headers
    sent = await exchange(app, GZIP)
    assert [message.get("body") for message in sent] == [None, LONG, LONG, LONG]
    assert sent[0]["headers"] is head


@pytest.mark.parametrize(
    ("accepted", "is_preferred"),
    [
        (["gzip"], True),
        (["GZIP"], True),
        (["gzip, deflate, br, zstd"], True),
        (["br", "gzip"], True),
        (["gzip;q=1.0, identity; q=0.5, *;q=0"], True),
        (["gzip;q=0.001"], True),
        (["gzip ; Q=0.5"], True),
        (["*"], True),
        (["*;q=0.1"], True),
        (["br;q=1.0, *;q=0.1"], True),
        (["identity;q=0, *"], True),
        (["gzip, identity"], True),
        ([], False),
        ([""], False),
        (["gzip;q=0"], False),
        (["gzip;q=0.000"], False),
        (["gzip;q=0, *"], False),
        (["*;q=0"], False),
        (["identity"], False),
        (["identity, *;q=0.5"], False),
        (["gzip;q=0.5, identity;q=0.8"], False),
        (["br, deflate"], False),
        (["gzipped"], False),
        (["gzip;q=2"], False),
        (["gzip;q=-1"], False),
        (["gzip;q=nan"], False),
        (["gzip;level=9"], False),
    ],
)
def test_weights_are_honoured(accepted: list[str], *, is_preferred: bool) -> None:
    request = Headers(raw=[(b"accept-encoding", value.encode()) for value in accepted])
    assert prefers_gzip(request) is is_preferred


async def test_compressed_response_has_a_strong_tag_of_its_own() -> None:
    headers, _ = await respond(of_json(etag='"abc"'), GZIP)
    assert headers["etag"] == '"abc-gzip"'
    plain, _ = await respond(of_json(etag='"abc"'))
    assert plain["etag"] == '"abc"'
    short, _ = await respond(of_json(b"{}", etag='"abc"'), GZIP)
    assert short["etag"] == '"abc"'


async def test_weak_tag_names_both() -> None:
    headers, _ = await respond(of_json(etag='W/"abc"'), GZIP)
    assert headers["etag"] == 'W/"abc"'


@pytest.mark.parametrize(
    ("known", "tag"),
    [
        ('"abc"', '"abc"'),
        ('"abc-gzip"', '"abc-gzip"'),
        ('"x", "abc-gzip"', '"abc-gzip"'),
        ('"xabc-gzip"', '"abc"'),
        ("*", '"abc"'),
    ],
)
async def test_304_has_the_tag_that_the_client_has(known: str, tag: str) -> None:
    response = Response(None, 304, {"ETag": '"abc"'})
    headers, body = await respond(response, GZIP, ("if-none-match", known))
    assert (headers["etag"], body) == (tag, b"")


async def test_304_without_a_tag_stays_without() -> None:
    headers, _ = await respond(Response(None, 304), GZIP, ("if-none-match", '"abc-gzip"'))
    assert "etag" not in headers
