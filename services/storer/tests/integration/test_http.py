"""What every response of the REST API has in common."""

import gzip
import json
from uuid import uuid4

import pytest

from calendar_storer.web import openapi
from tests.integration.rest import NOTIFICATIONS, Client, Rest

ORIGIN = "https://calendar.example.org"


async def test_responses_are_private_and_have_the_id_of_the_request(ann: Client) -> None:
    response = await ann.call("GET", headers={"X-Request-Id": "mine"})
    assert response.headers["cache-control"] == "private, no-cache"
    assert {"X-User-Id", "Accept-Encoding"} <= set(response.headers["vary"].split(", "))
    assert response.headers["x-request-id"] == "mine"
    assert response.headers["content-type"] == "application/json"


async def test_head_is_get_without_the_body(ann: Client) -> None:
    await ann.receives("1")
    get, head = [await ann.call(method) for method in ("GET", "HEAD")]
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-length", "content-type", "cache-control", "vary"):
        assert head.headers[name] == get.headers[name]


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("DELETE", NOTIFICATIONS, "GET, HEAD, OPTIONS"),
        ("GET", f"{NOTIFICATIONS}/{uuid4()}/acknowledge", "OPTIONS, POST"),
    ],
)
async def test_wrong_method_is_refused(ann: Client, method: str, path: str, allow: str) -> None:
    response = await ann.call(method, path)
    assert (response.status_code, response.headers["allow"]) == (405, allow)
    assert response.headers["content-type"] == "application/problem+json"
    options = await ann.call("OPTIONS", path)
    assert (options.status_code, options.headers["allow"]) == (204, allow)


@pytest.mark.parametrize("path", ["/nothing", "/v1", "/v1/notifications/", "/v1/events"])
async def test_unknown_path_is_not_found(ann: Client, path: str) -> None:
    response = await ann.call("GET", path)
    assert response.status_code == 404
    problem = response.json()
    assert (problem["status"], problem["instance"]) == (404, path)
    assert problem["request_id"] == response.headers["x-request-id"]


async def test_long_responses_are_compressed(ann: Client) -> None:
    await ann.receives(*["Dentist"] * 50)
    plain = await ann.call("GET", headers={"Accept-Encoding": "identity"})
    packed = await ann.call("GET", headers={"Accept-Encoding": "gzip"}, stream=True)
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.raw.read(decode_content=False)) == plain.content


async def test_document_is_served(rest: Rest) -> None:
    response = await rest.call("GET", "/openapi.json")
    assert response.json() == json.loads(json.dumps(openapi.document()))


async def test_documentation_is_served_without_other_hosts(rest: Rest) -> None:
    root = await rest.call("GET", "/")
    assert (root.status_code, root.headers["location"]) == (307, "./docs")
    page = await rest.call("GET", "/docs")
    assert "<title>Calendar notifications</title>" in page.text
    assert "://" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for name in ("swagger-ui-bundle.js", "swagger-ui.css", "start.js", "favicon.png"):
        asset = await rest.call("GET", f"/docs/{name}")
        assert asset.status_code == 200
        known = await rest.call(
            "GET", f"/docs/{name}", headers={"If-None-Match": asset.headers["etag"]}
        )
        assert (known.status_code, known.content) == (304, b"")


async def test_pages_of_allowed_origins_may_call(ann: Client, rest: Rest) -> None:
    preflight = await rest.call(
        "OPTIONS",
        NOTIFICATIONS,
        headers={
            "Origin": ORIGIN,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "x-user-id,last-event-id",
        },
    )
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == ORIGIN
    response = await ann.call("GET", headers={"Origin": ORIGIN})
    assert response.headers["access-control-allow-origin"] == ORIGIN
    assert "X-Request-Id" in response.headers["access-control-expose-headers"]
    other = await ann.call("GET", headers={"Origin": "https://elsewhere.example.org"})
    assert "access-control-allow-origin" not in other.headers


async def test_requests_are_counted_by_route(ann: Client, rest: Rest) -> None:
    await ann.acknowledge(uuid4())
    metrics = (await rest.call("GET", "/metrics")).text
    route = "/v1/notifications/{notification_id}/acknowledge"
    assert f'http_requests_total{{handler="{route}",method="POST",status="404"}}' in metrics
    assert "http_request_duration_seconds_bucket" in metrics
    assert 'handler="/metrics"' not in metrics


async def test_large_body_is_refused(ann: Client) -> None:
    path = f"{NOTIFICATIONS}/{uuid4()}/acknowledge"
    response = await ann.call("POST", path, data=b"x" * (1024 * 1024 + 1))
    assert response.status_code == 413
