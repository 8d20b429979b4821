"""ETag, If-Match and If-None-Match, by RFC 9110, sections 8.8 and 13."""

import json
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import requests
from tests.integration.client import User, event

WRITES = ["PUT", "PATCH", "DELETE"]


@pytest.fixture
def stored(api: User) -> dict[str, Any]:
    return api.create()


@pytest.fixture
def path(stored: dict[str, Any]) -> str:
    return f"/v1/events/{stored['id']}"


@pytest.fixture
def tag(api: User, path: str) -> str:
    return api.get(path).headers["ETag"]


def call(api: User, method: str, path: str, **headers: str) -> requests.Response:
    """Sends a change, or a request without a body. `If_Match` is the header `If-Match`."""
    body = {"json": event(title="x")} if method in {"PUT", "PATCH"} else {}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return api.request(method, path, headers=named, **body)


def weak(tag: str) -> str:
    return f"W/{tag}"


def compressed(tag: str) -> str:
    return f'{tag[:-1]}-gzip"'


def test_every_response_with_an_event_has_its_etag(api: User) -> None:
    id_ = str(uuid4())
    created = api.post("/v1/events", json=event(id=id_))
    tag = created.headers["ETag"]
    assert tag.startswith('"')
    assert tag.endswith('"')
    assert api.post("/v1/events", json=event(id=id_)).headers["ETag"] == tag
    assert api.get(f"/v1/events/{id_}").headers["ETag"] == tag
    changed = api.patch(f"/v1/events/{id_}", json={"title": "x"}).headers["ETag"]
    assert api.get(f"/v1/events/{id_}").headers["ETag"] == changed != tag


def test_an_etag_is_not_used_again_after_deletion(api: User) -> None:
    id_ = str(uuid4())
    path = f"/v1/events/{id_}"
    tags = set[str]()
    for title in ("a", "b", "c"):
        tags.add(api.post("/v1/events", json=event(id=id_, title=title)).headers["ETag"])
        tags.add(api.patch(path, json={"title": title * 2}).headers["ETag"])
        assert api.delete(path).status_code == 204
    assert len(tags) == 6

    created = api.post("/v1/events", json=event(id=id_))
    for tag in tags:
        assert call(api, "GET", path, If_None_Match=tag).status_code == 200
        assert [call(api, method, path, If_Match=tag).status_code for method in WRITES] == [412] * 3
    assert api.get(path).text == created.text


@pytest.mark.parametrize("form", [str, weak, '"x", {}'.format, '"a,b" ,,{},'.format])
def test_if_none_match_saves_the_body(api: User, path: str, tag: str, form: Any) -> None:
    response = call(api, "GET", path, If_None_Match=form(tag))
    assert (response.status_code, response.content) == (304, b"")
    assert response.headers["ETag"] == (form(tag) if form is compressed else tag)


def test_if_none_match_of_a_compressed_event_saves_the_body(api: User, path: str, tag: str) -> None:
    response = call(api, "GET", path, If_None_Match=compressed(tag))
    assert (response.status_code, response.headers["ETag"]) == (304, compressed(tag))


def test_the_tag_of_a_compressed_response_can_be_sent_back(api: User) -> None:
    path = f"/v1/events/{api.create(description='x' * 5_000)['id']}"
    read = api.get(path, headers={"Accept-Encoding": "gzip"})
    assert read.headers["Content-Encoding"] == "gzip"
    tag = read.headers["ETag"]
    assert call(api, "GET", path, If_None_Match=tag).status_code == 304
    assert call(api, "PUT", path, If_None_Match=tag).status_code == 412
    assert call(api, "PUT", path, If_Match=tag).status_code == 200


def test_if_none_match_of_any_tag_saves_the_body(api: User, path: str) -> None:
    assert call(api, "GET", path, If_None_Match="*").status_code == 304


@pytest.mark.parametrize("other", ['"x"', '"1"', "1", '""', "", "*, *"])
def test_another_tag_in_if_none_match_does_not(api: User, path: str, other: str) -> None:
    assert call(api, "GET", path, If_None_Match=other).status_code == 200


@pytest.mark.parametrize("method", ["GET", *WRITES])
@pytest.mark.parametrize("form", [str, compressed, '"x", {}'.format, lambda _: "*"])
def test_if_match_of_the_current_tag_lets_a_request_pass(
    api: User, path: str, tag: str, form: Any, method: str
) -> None:
    assert call(api, method, path, If_Match=form(tag)).status_code in {200, 204}


@pytest.mark.parametrize("method", ["GET", *WRITES])
@pytest.mark.parametrize(
    ("form", "reason"),
    [
        (weak, "If-Match lists it as weak, and weak tags never match in If-Match"),
        (lambda tag: tag.strip('"'), "in double quotes"),
        (lambda _: "1", "in double quotes"),
        (lambda _: "", "in double quotes"),
        (lambda _: '""', "not in If-Match"),
        (lambda _: '"1"', "not in If-Match"),
        (lambda _: 'W/"1"', "not in If-Match"),
        (lambda _: '"1", "2"', "not in If-Match"),
        (lambda tag: tag.upper().replace('"', '"x', 1), "not in If-Match"),
    ],
)
def test_if_match_of_another_tag_is_412(  # noqa: PLR0917 - a table
    api: User, path: str, tag: str, method: str, form: Any, reason: str
) -> None:
    before = api.get(path).text
    response = call(api, method, path, If_Match=form(tag))
    assert response.status_code == 412
    assert response.headers["ETag"] == tag
    assert response.json()["type"] == "urn:calendar:problem:version-mismatch"
    assert tag in response.json()["detail"]
    assert reason in response.json()["detail"]
    assert api.get(path).text == before


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("form", [str, weak, compressed, '"x", {}'.format, lambda _: "*"])
def test_if_none_match_of_the_current_tag_refuses_a_write(
    api: User, path: str, tag: str, form: Any, method: str
) -> None:
    before = api.get(path).text
    response = call(api, method, path, If_None_Match=form(tag))
    assert response.status_code == 412
    assert response.headers["ETag"] == tag
    assert "If-None-Match" in response.json()["detail"]
    assert api.get(path).text == before


@pytest.mark.parametrize("method", WRITES)
def test_if_none_match_of_another_tag_lets_a_write_pass(api: User, path: str, method: str) -> None:
    assert call(api, method, path, If_None_Match='"x"').status_code in {200, 204}


@pytest.mark.parametrize(
    ("if_match", "if_none_match", "read", "write"),
    [
        ("current", "current", 304, 412),
        ("current", "other", 200, 200),
        ("other", "current", 412, 412),
        ("other", "other", 412, 412),
    ],
)
def test_if_match_comes_before_if_none_match(  # noqa: PLR0917 - a table
    api: User, path: str, tag: str, if_match: str, if_none_match: str, read: int, write: int
) -> None:
    tags = {"current": tag, "other": '"x"'}
    both = {"If_Match": tags[if_match], "If_None_Match": tags[if_none_match]}
    assert call(api, "GET", path, **both).status_code == read
    assert call(api, "PUT", path, **both).status_code == write


@pytest.mark.parametrize(
    ("method", "name", "status"),
    [
        ("GET", "If-Match", 200),
        ("GET", "If-None-Match", 304),
        ("PUT", "If-Match", 200),
        ("PUT", "If-None-Match", 412),
        ("PATCH", "If-Match", 200),
        ("PATCH", "If-None-Match", 412),
        ("DELETE", "If-Match", 204),
        ("DELETE", "If-None-Match", 412),
    ],
)
def test_several_lines_are_one_list(  # noqa: PLR0917 - a table
    api: User, path: str, tag: str, method: str, name: str, status: int
) -> None:
    connection = HTTPConnection(urlsplit(api.url).netloc, timeout=30)
    connection.putrequest(method, path)
    connection.putheader("X-User-Id", api.name)
    for line in ('"x"', f'"y", {tag}', '"z"'):
        connection.putheader(name, line)
    body = json.dumps(event(title="x")).encode() if method in {"PUT", "PATCH"} else b""
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    assert connection.getresponse().status == status
    connection.close()


@pytest.mark.parametrize("method", ["GET", *WRITES])
def test_a_missing_event_is_404_under_any_condition(api: User, method: str) -> None:
    for headers in ({"If_Match": "*"}, {"If_Match": '"x"'}, {"If_None_Match": "*"}):
        assert call(api, method, f"/v1/events/{uuid4()}", **headers).status_code == 404


def test_a_condition_is_checked_before_the_patched_event(api: User, path: str) -> None:
    response = api.patch(
        path, json={"starts_at": "2999-01-01T00:00:00Z"}, headers={"If-Match": '"x"'}
    )
    assert response.status_code == 412


def test_head_is_evaluated_as_get(api: User, path: str, tag: str) -> None:
    assert call(api, "HEAD", path, If_Match='"x"').status_code == 412
    assert call(api, "HEAD", path, If_Match=tag).status_code == 200
    assert call(api, "HEAD", path, If_None_Match=tag).status_code == 304
