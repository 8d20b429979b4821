"""An invalid request is answered with a problem that says what is wrong, never with 500."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
import requests
from tests.integration.client import User, event
from tests.integration.service import Service

DAY = "/v1/events/day?date=2026-11-23"


@pytest.fixture(scope="module", autouse=True)
def lines_before(service: Service) -> int:
    """The number of log lines from other tests."""
    return len(service.log_lines())


@pytest.fixture
def nobody(service: Service) -> Iterator[User]:
    """A client that names no user."""
    with User(service.url) as caller:
        del caller.headers["X-User-Id"]
        yield caller


def assert_problem(response: requests.Response, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert problem["status"] == status
    assert problem["request_id"] == response.headers["X-Request-Id"]
    assert {"type", "title", "detail", "instance"} <= set(problem)
    assert ("errors" in problem) == (status == 422)
    return problem


def assert_invalid(response: requests.Response, *loc: object) -> None:
    assert list(loc) in [error["loc"] for error in assert_problem(response, 422)["errors"]]


def test_the_user_may_be_in_the_query(nobody: User) -> None:
    created = nobody.post("/v1/events?user_id=ann%2Bbob@example.org", json=event())
    assert created.status_code == 201
    assert created.json()["user_id"] == "ann+bob@example.org"


def test_same_user_in_header_and_query_is_accepted(api: User) -> None:
    assert api.get(f"{DAY}&user_id={api.name}").status_code == 200


def test_different_users_are_refused(api: User) -> None:
    assert_invalid(api.get(f"{DAY}&user_id=bob"), "header", "X-User-Id")


def test_missing_user_is_refused(nobody: User) -> None:
    assert_invalid(nobody.get(DAY), "header", "X-User-Id")
    assert_invalid(nobody.post("/v1/events", json=event()), "header", "X-User-Id")


@pytest.mark.parametrize("name", ["", "a b", "a/b", "x" * 129, "a\u00e9", "a,b"])
def test_invalid_user_is_refused(nobody: User, name: str) -> None:
    headers = {"X-User-Id": name.encode()}
    assert_invalid(nobody.get(DAY, headers=headers), "header", "X-User-Id")
    assert_problem(nobody.get(DAY, params={"user_id": name}), 422)


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("/day", "date"),
        ("/week", "start"),
        ("/month", "start"),
        ("?to=2026-11-23T00:00:00Z", "from"),
        ("?from=2026-11-23T00:00:00Z", "to"),
        ("/day?date=2026-02-30", "date"),
        ("/day?date=10000-01-01", "date"),
        ("/week?start=0000-12-31", "start"),
        ("/day?date=2026-11-23&tz=Europe/Atlantis", "tz"),
        ("/day?date=2026-11-23&tz=", "tz"),
        ("/day?date=2026-11-23&tz=%00", "tz"),
        ("/day?date=2026-11-23&limit=0", "limit"),
        ("/day?date=2026-11-23&limit=1001", "limit"),
        ("/day?date=2026-11-23&limit=", "limit"),
        ("/day?date=2026-11-23&cursor=%FF", "cursor"),
        ("/day?date=2026-11-23&cursor=" + "A" * 129, "cursor"),
        ("/day?date=2026-11-23&colour=green", "colour"),
        ("/day?date=2026-11-23&date=2026-11-23", "date"),
        ("/day?date=2026-11-23&start=2026-11-23", "start"),
        ("?from=2026-11-23T00:00:00+03:00&to=2026-11-24T00:00:00Z", "from"),
        ("?from=2026-11-23T00:00:00&to=2026-11-24T00:00:00Z", "from"),
        ("/019aa0f5-7c1e-7b7e-8d0a-3f1f3c1f9b11?fields=title", "fields"),
    ],
)
def test_invalid_parameter_is_named(api: User, path: str, parameter: str) -> None:
    assert_invalid(api.get(f"/v1/events{path}"), "query", parameter)


def test_name_of_a_parameter_is_not_utf_8(api: User) -> None:
    problem = assert_problem(api.get(f"{DAY}&%00%ED%A0%80=1"), 422)
    assert problem["errors"][0]["loc"][0] == "query"


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2026-11-23T00:00:00Z", "2026-11-23T00:00:00Z"),
        ("2026-11-24T00:00:00Z", "2026-11-23T00:00:00Z"),
        ("2026-11-23T00:00:00Z", "2027-11-24T00:00:00.000001Z"),
    ],
)
def test_invalid_range_is_refused(api: User, first: str, last: str) -> None:
    assert_problem(api.get("/v1/events", params={"from": first, "to": last}), 422)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_unknown_parameter_is_refused(api: User, method: str) -> None:
    path = "/v1/events" if method == "POST" else f"/v1/events/{api.create()['id']}"
    body = None if method == "DELETE" else event()
    assert_invalid(api.request(method, f"{path}?dry_run=1", json=body), "query", "dry_run")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nonsense",
        b"[]",
        b"null",
        b'"Dentist"',
        b"1",
        b"\xff",
        b'\xef\xbb\xbf{"title": "x"}',
        b'{"title": "a\\u0000", "starts_at": "2026-11-23T07:00:00Z", "duration": "PT1H"}',
        b'{"title": "\\ud800", "starts_at": "2026-11-23T07:00:00Z", "duration": "PT1H"}',
        b'{"title": "\xed\xa0\x80", "starts_at": "2026-11-23T07:00:00Z", "duration": "PT1H"}',
        b'{"\\ud800": 1}',
        b'{"\\u0000": 1}',
        b'{"title": "x", "title": "y", "starts_at": "2026-11-23T07:00:00Z", "duration": "PT1H"}',
        b'{"title": NaN}',
        b'{"title": 1e999}',
        b'{"title": ' + b"9" * 5_000 + b"}",
        b'{"title": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"a":' * 50_000,
        b'{"title": "x"} {"title": "y"}',
        b'{"starts_at": "9999-12-31T23:59:59-23:59", "title": "x", "duration": "PT0S"}',
        b'{"starts_at": "9999-12-31T23:59:59Z", "title": "x", "duration": "PT1S"}',
        b'{"starts_at": "0001-01-01T00:00:00Z", "notify_before": "PT1S"}',
        b"{" + b",".join(b'"f%d": 1' % n for n in range(5_000)) + b"}",
    ],
    ids=lambda body: body[:40],
)
def test_invalid_body_is_refused(api: User, body: bytes) -> None:
    path = f"/v1/events/{api.create()['id']}"
    for method, target in (("POST", "/v1/events"), ("PUT", path), ("PATCH", path)):
        headers = {"Content-Type": "application/json"}
        response = api.request(method, target, data=body, headers=headers)
        problem = assert_problem(response, 422)
        assert problem["errors"][0]["loc"][0] == "body"
        assert len(response.content) < 50_000


def test_every_invalid_field_is_named(api: User) -> None:
    response = api.post("/v1/events", json={"title": "", "starts_at": "soon", "colour": 1})
    for field in ("title", "starts_at", "colour"):
        assert_invalid(response, "body", field)


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/xml",
        "",
        "application/merge-patch+json",
        "application/jsonx",
        "application/json; charset=latin-1",
        "multipart/form-data; boundary=x",
    ],
)
def test_body_of_another_type_is_refused(api: User, content_type: str) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    assert_problem(api.post("/v1/events", data=b'{"title": "x"}', headers=headers), 415)


@pytest.mark.parametrize(
    "path",
    ["/", "/v1", "/v1/", "/v1/events/", "/v2/events", "/v1/events/day/", "/v1/event", "/%00"],
)
def test_unknown_path_is_404(api: User, path: str) -> None:
    assert_problem(api.get(api.url + path), 404)


@pytest.mark.parametrize("id_", ["x", "019aa0f57c1e7b7e8d0a3f1f3c1f9b11", "%00", "%FF", "days"])
def test_invalid_id_is_refused(api: User, id_: str) -> None:
    for method in ("GET", "DELETE"):
        assert_invalid(api.request(method, f"/v1/events/{id_}"), "path", "event_id")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/v1/events", "GET, POST"),
        ("PUT", "/v1/events", "GET, POST"),
        ("HEAD", "/v1/events", "GET, POST"),
        ("OPTIONS", "/v1/events", "GET, POST"),
        ("TRACE", "/v1/events", "GET, POST"),
        ("GET", "/v1/events/batch", "POST"),
        ("POST", "/v1/events/day", "GET"),
        ("DELETE", "/v1/events/week", "GET"),
        ("PATCH", "/v1/events/month", "GET"),
        ("POST", f"/v1/events/{uuid4()}", "DELETE, GET, PATCH, PUT"),
        ("HEAD", f"/v1/events/{uuid4()}", "DELETE, GET, PATCH, PUT"),
        ("POST", "/healthz", "GET, HEAD"),
        ("DELETE", "/metrics", "GET, HEAD"),
    ],
)
def test_wrong_method_is_405_with_the_methods_of_the_path(
    api: User, method: str, path: str, allowed: str
) -> None:
    response = api.request(method, path)
    assert response.status_code == 405
    assert response.headers["Allow"] == allowed
    if method != "HEAD":
        assert_problem(response, 405)


MIB = 1024 * 1024


@pytest.mark.parametrize(("path", "limit"), [("/v1/events", MIB), ("/v1/events/batch", 16 * MIB)])
def test_body_over_the_limit_is_refused(service: Service, path: str, limit: int) -> None:
    # Clients that send it all the same are served in test_protocol.
    status, body = service.announce(path, limit + 1)
    assert (status, json.loads(body)["status"]) == (413, 413)


@pytest.mark.parametrize("path", ["/v1/events", "/v1/events/batch"])
def test_body_at_the_limit_is_read(api: User, path: str) -> None:
    headers = {"Content-Type": "application/json"}
    assert_problem(api.post(path, data=b" " * MIB, headers=headers), 422)


def test_valid_request_id_is_returned(api: User) -> None:
    response = api.get(DAY, headers={"X-Request-Id": "0b7e-11/x"})
    assert response.headers["X-Request-Id"] == "0b7e-11/x"


@pytest.mark.parametrize(
    "request_line",
    [
        b"GET /v1/events/\xff HTTP/1.1",
        b"GET /v1/events/day?date=\xff HTTP/1.1",
        b"GET /\xed\xa0\x80 HTTP/1.1",
        b"GET /v1/events/day?%ff=%ff&date=2026-11-23 HTTP/1.1",
        b"NONSENSE /v1/events HTTP/1.1",
        b"GET http://example.org/v1/events/x HTTP/1.1",
        b"OPTIONS * HTTP/1.1",
        b"nonsense",
    ],
)
def test_unusual_bytes_in_the_request_line(service: Service, request_line: bytes) -> None:
    headers = b"Host: x\r\nX-User-Id: ann\r\nConnection: close\r\n\r\n"
    answer = service.exchange(request_line + b"\r\n" + headers)
    status = int(answer.split(b" ", 2)[1])
    assert 400 <= status < 500


@pytest.mark.parametrize(
    "header",
    [
        b"X-Request-Id: \xff",
        b"X-User-Id: \xff",
        b'If-None-Match: "\xff',
        b"Content-Length: 99999999999",
        b"Accept: nonsense",
        b"Content-Type: \xff",
    ],
)
def test_unusual_bytes_in_headers(service: Service, header: bytes) -> None:
    request_line = f"GET {DAY}&user_id=ann HTTP/1.1".encode()
    lines = [request_line, b"Host: x", b"Connection: close", header, b"", b""]
    answer = service.exchange(b"\r\n".join(lines))
    assert int(answer.split(b" ", 2)[1]) in {200, 400, 413, 422}


def test_no_request_was_answered_with_500(service: Service, lines_before: int) -> None:
    lines = service.log_lines()[lines_before:]
    assert [line for line in lines if line["event"] == "request_failed"] == []
    assert [line for line in lines if line["event"] == "request" and line["status"] >= 500] == []
