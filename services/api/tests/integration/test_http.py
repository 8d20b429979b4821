"""HTTP as clients, browsers and caches expect it, whatever the path."""

import gzip
import json
from collections.abc import Iterator
from uuid import uuid4

import pytest
import requests
from tests.integration.client import User, event
from tests.integration.service import Service

DAY = "/v1/events/day?date=2026-11-23"
MONTH = "/v1/events/month?start=2026-11-01"
COMMON = {"cache-control": "private, no-cache", "vary": "X-User-Id, Accept-Encoding"}
OWN_EACH_TIME = {"date", "x-request-id"}


@pytest.fixture
def anyone(service: Service) -> Iterator[User]:
    """A client that follows no redirects and accepts no compression."""
    with User(service.url) as user:
        user.headers["Accept-Encoding"] = "identity"
        yield user


def constant(response: requests.Response) -> dict[str, str]:
    headers = {name.lower(): value for name, value in response.headers.items()}
    return {name: value for name, value in headers.items() if name not in OWN_EACH_TIME}


PATHS = [
    "/",
    "/docs",
    "/docs/start.js",
    "/docs/swagger-ui-bundle.js",
    "/docs/swagger-ui.css",
    "/docs/favicon.png",
    "/openapi.json",
    "/healthz",
    "/readyz",
    DAY,
    MONTH,
    "/v1/events/week?start=2026-11-23",
    "/v1/events?from=2026-11-23T00:00:00Z&to=2026-11-24T00:00:00Z",
    "/v1/events",  # 422
    "/v1/events/batch",  # 405
    f"/v1/events/{uuid4()}",  # 404
    "/nowhere",
    "/docs/nothing",
]


@pytest.mark.parametrize("accepted", ["identity", "gzip"])
@pytest.mark.parametrize("path", PATHS)
def test_head_has_the_headers_of_get_and_no_body(anyone: User, path: str, accepted: str) -> None:
    anyone.headers["Accept-Encoding"] = accepted
    get = anyone.get(path, allow_redirects=False)
    for _ in range(2):  # on the same connection: a body would be taken for the next response
        head = anyone.head(path, allow_redirects=False)
        assert (head.status_code, head.content) == (get.status_code, b"")
        assert constant(head) == constant(get)


def test_head_of_an_event(anyone: User) -> None:
    path = f"/v1/events/{anyone.create()['id']}"
    get, head = anyone.get(path), anyone.head(path)
    assert (head.status_code, head.content, constant(head)) == (200, b"", constant(get))
    known = {"If-None-Match": get.headers["ETag"]}
    assert anyone.head(path, headers=known).status_code == 304


def test_head_of_the_metrics(anyone: User) -> None:
    get, head = anyone.get("/metrics"), anyone.head("/metrics")
    assert (head.status_code, head.content) == (200, b"")
    assert constant(head).keys() == constant(get).keys()


@pytest.mark.parametrize("path", [*PATHS, "/metrics"])
def test_every_path_may_be_kept_by_its_user_alone(anyone: User, path: str) -> None:
    for method in ("GET", "HEAD", "OPTIONS", "POST"):
        response = anyone.request(method, path, allow_redirects=False)
        assert COMMON.items() <= constant(response).items(), method


def test_every_status_may_be_kept_by_its_user_alone(anyone: User, service: Service) -> None:
    created = anyone.post("/v1/events", json=event())
    path = f"/v1/events/{created.json()['id']}"
    responses = [
        created,
        anyone.get(path, headers={"If-None-Match": "*"}),
        anyone.put(path, json=event(), headers={"If-Match": '"0"'}),
        anyone.post("/v1/events", json=event(id=created.json()["id"], title="Other")),
        anyone.post("/v1/events", data=b"x"),
        anyone.delete(path),
    ]
    assert [each.status_code for each in responses] == [201, 304, 412, 409, 415, 204]
    for response in responses:
        assert COMMON.items() <= constant(response).items(), response.status_code
    for sent in (b"nonsense\r\n\r\n", b"GET /v1/events HTTP/1.1\r\n\r\n"):
        head = service.exchange(sent).partition(b"\r\n\r\n")[0].decode().split("\r\n")
        assert head[0].startswith("HTTP/1.1 400 ")
        assert {f"{name}: {value}" for name, value in COMMON.items()} <= set(head)


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/", "GET, HEAD, OPTIONS"),
        ("/docs", "GET, HEAD, OPTIONS"),
        ("/openapi.json", "GET, HEAD, OPTIONS"),
        ("/healthz", "GET, HEAD, OPTIONS"),
        ("/metrics", "GET, HEAD, OPTIONS"),
        ("/v1/events", "GET, HEAD, OPTIONS, POST"),
        ("/v1/events/batch", "OPTIONS, POST"),
        ("/v1/events/day", "GET, HEAD, OPTIONS"),
        (f"/v1/events/{uuid4()}", "DELETE, GET, HEAD, OPTIONS, PATCH, PUT"),
    ],
)
def test_options_and_405_name_the_methods_of_the_path(
    anyone: User, path: str, allowed: str
) -> None:
    options = anyone.options(path)
    assert (options.status_code, options.headers["Allow"]) == (204, allowed)
    refused = anyone.request("TRACE", path)
    assert (refused.status_code, refused.headers["Allow"]) == (405, allowed)


def test_root_leads_to_the_documentation(anyone: User) -> None:
    response = anyone.get("/", allow_redirects=False)
    assert (response.status_code, response.headers["Location"]) == (307, "./docs")
    page = anyone.get("/")
    assert (page.status_code, page.url) == (200, f"{anyone.url}/docs")


@pytest.mark.parametrize("accepted", ["identity", "gzip"])
@pytest.mark.parametrize("path", PATHS[1:7])
def test_documentation_is_not_sent_twice(anyone: User, path: str, accepted: str) -> None:
    anyone.headers["Accept-Encoding"] = accepted
    tag = anyone.get(path).headers["ETag"]
    again = anyone.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    assert anyone.get(path, headers={"If-None-Match": '"x"'}).status_code == 200


def test_white_space_around_the_user_is_not_part_of_the_name(service: Service) -> None:
    head = f"GET {DAY} HTTP/1.1\r\nHost: c\r\nConnection: close\r\nX-User-Id: \talice \t\r\n\r\n"
    assert service.exchange(head.encode()).startswith(b"HTTP/1.1 200 ")


def test_byte_order_mark_is_ignored(anyone: User) -> None:
    for path, document in (("/v1/events", event()), ("/v1/events/batch", {"events": [event()]})):
        body = "\ufeff" + json.dumps(document)
        headers = {"Content-Type": "application/json;"}
        assert anyone.post(path, data=body.encode(), headers=headers).status_code == 201


def test_body_that_says_it_is_compressed_is_refused(anyone: User) -> None:
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    body = json.dumps(event()).encode()
    for sent in (body, gzip.compress(body)):
        response = anyone.post("/v1/events", data=sent, headers=headers)
        assert (response.status_code, response.headers["Accept-Encoding"]) == (415, "identity")
    assert anyone.listed("/day", date="2026-11-23") == []


def test_long_list_is_compressed(anyone: User) -> None:
    events = [event(title=f"Event {number}", description="x" * 100) for number in range(1000)]
    assert anyone.post("/v1/events/batch", json={"events": events}).status_code == 201
    plain = anyone.get(MONTH)
    assert "Content-Encoding" not in plain.headers
    packed = anyone.get(MONTH, headers={"Accept-Encoding": "gzip"}, stream=True)
    content = packed.raw.read(decode_content=False)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(content) == int(packed.headers["Content-Length"]) < len(plain.content) / 3
    assert gzip.decompress(content) == plain.content
    assert len(plain.json()["items"]) == 1000


def test_tag_of_a_compressed_event_names_the_event(api: User) -> None:
    created = api.post("/v1/events", json=event(description="long " * 1000))
    path, tag = created.headers["Location"], created.headers["ETag"]
    assert created.headers["Content-Encoding"] == "gzip"
    assert tag.endswith('-gzip"')
    plain = api.get(path, headers={"Accept-Encoding": "identity"}).headers["ETag"]
    assert plain == tag.replace("-gzip", "")
    for known in (tag, plain):
        response = api.get(path, headers={"If-None-Match": known})
        assert (response.status_code, response.headers["ETag"]) == (304, known)
    if_match = {"If-Match": tag}
    assert api.patch(path, json={"title": "Changed"}, headers=if_match).status_code == 200
    assert api.patch(path, json={"title": "Again"}, headers=if_match).status_code == 412


def test_short_response_is_not_compressed(anyone: User) -> None:
    response = anyone.get(DAY, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in response.headers


def test_metrics_know_no_path_of_a_client(anyone: User) -> None:
    for method in ("GET", "HEAD", "OPTIONS", "POST"):
        anyone.request(method, f"/docs/{uuid4()}")
        anyone.request(method, f"/{uuid4()}")
    lines = [line for line in anyone.get("/metrics").text.splitlines() if 'handler="' in line]
    handlers = {line.partition('handler="')[2].partition('"')[0] for line in lines}
    assert handlers <= {
        "none",
        "/",
        "/v1/events",
        "/v1/events/batch",
        "/v1/events/day",
        "/v1/events/week",
        "/v1/events/month",
        "/v1/events/{event_id}",
        "/v1/events/{event_id}/occurrences",
        "/v1/events/{event_id}/occurrences/{recurrence_id}",
        "/v1/events/{event_id}/split",
    }
