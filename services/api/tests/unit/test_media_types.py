"""The headers of a body: media types and charsets as RFC 9110 has them, and no content coding."""

import json
import time

import pytest
from tests.unit.test_route import ALICE, EVENT, JSON, ONE, Call, RecordingService, post

BOM = b"\xef\xbb\xbf"


def typed(content_type: bytes, *, method: str = "POST") -> Call:
    path = "/v1/events" if method == "POST" else ONE
    headers = (ALICE, (b"content-type", content_type))
    return Call(method, path, "", headers, json.dumps(EVENT).encode())


@pytest.mark.parametrize(
    "content_type",
    [
        b"application/json",
        b"APPLICATION/Json",
        b"application/json;",
        b"application/json ; ",
        b"application/json;;;",
        b"application/json;charset=utf-8",
        b"application/json; charset=utf8",
        b"application/json; charset=UTF-8",
        b'application/json; charset="UTF-8"',
        b'application/json; charset="utf\\-8"',
        b"application/json; CHARSET=utf-8;",
        b"application/json; charset=utf-8; charset=UTF8",
        b"application/json; version=1",
        b'application/json; version=1; profile="a;charset=latin-1"; charset=utf-8',
        b'application/json; profile="a\\";charset=latin-1"',
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
async def test_json_in_utf_8_is_accepted(method: str, content_type: bytes) -> None:
    answer = await typed(content_type, method=method).send()
    assert answer.status in {200, 201}, answer.body


@pytest.mark.parametrize(
    "content_type",
    [
        b"",
        b";",
        b"application",
        b"application/json charset=utf-8",
        b"application/json; charset=utf-16",
        b"application/json; charset=latin-1",
        b"application/json; charset=us-ascii",
        b'application/json; charset=""',
        b"application/json; charset=",
        b"application/json; charset",
        b"application/json; charset=utf-8; charset=latin-1",
        b"application/json; charset=utf-8, text/plain",
        b'application/json; charset="utf-8',
        b"application/json, application/json",
        b"text/json",
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
async def test_other_type_is_415_and_names_what_is_accepted(
    method: str, content_type: bytes
) -> None:
    answer = await typed(content_type, method=method).send()
    assert answer.status == 415, answer.body
    if method == "PATCH":
        assert answer.headers["accept-patch"] == "application/json, application/merge-patch+json"
    else:
        assert answer.headers["accept"] == "application/json"


async def test_several_types_are_415() -> None:
    assert (await post(EVENT, ALICE, JSON, (b"content-type", b"text/plain")).send()).status == 415
    assert (await post(EVENT, ALICE, JSON, JSON).send()).status == 415


@pytest.mark.parametrize(
    "parameters", [b";" * 60_000, b"; a=b" * 12_000, b"; " + b" " * 60_000 + b",", b'; a="' * 9000]
)
async def test_long_parameters_are_read_in_linear_time(parameters: bytes) -> None:
    started = time.process_time()
    await typed(b"application/json" + parameters).send()
    assert time.process_time() - started < 5


@pytest.mark.parametrize("coding", [b"gzip", b"GZIP", b"br", b"identity, gzip", b"x", b"aes128gcm"])
@pytest.mark.parametrize("body", [EVENT, b"", b"\x1f\x8b\x08\x00", b"x" * 100_000])
async def test_content_coding_is_415_whatever_the_body_is(coding: bytes, body: object) -> None:
    service = RecordingService()
    answer = await post(body, ALICE, JSON, (b"content-encoding", coding)).send(service)
    assert (answer.status, service.calls) == (415, [])
    assert answer.headers["accept-encoding"] == "identity"
    assert "must not be compressed" in json.loads(answer.body)["detail"]


@pytest.mark.parametrize("coding", [b"identity", b"Identity", b"", b"identity,"])
async def test_body_without_coding_is_accepted(coding: bytes) -> None:
    answer = await post(EVENT, ALICE, JSON, (b"content-encoding", coding)).send()
    assert answer.status == 201


@pytest.mark.parametrize(
    ("method", "path", "document"),
    [
        ("POST", "/v1/events", EVENT),
        ("PUT", ONE, EVENT),
        ("PATCH", ONE, {"title": "x"}),
        ("POST", "/v1/events/batch", {"events": [EVENT]}),
        ("POST", "/v1/events/batch", {"events": []}),
    ],
)
async def test_byte_order_mark_is_ignored(method: str, path: str, document: object) -> None:
    body = json.dumps(document).encode()
    plain = await Call(method, path, "", (ALICE, JSON), body).send()
    marked = await Call(method, path, "", (ALICE, JSON), BOM + body).send()
    assert (marked.status, marked.body) == (plain.status, plain.body)


async def test_byte_order_mark_alone_is_an_empty_body() -> None:
    assert (await post(BOM).send()).errors() == ["body missing"]
    assert (await post(BOM + BOM + b"{}").send()).errors() == ["body json_invalid"]
