"""Headers as RFC 9110 and RFC 9112 have them: their values, and exactly one valid Host."""

import json
from typing import Any

import pytest
from tests.unit.wire import Exchange, exchange, splits

REQUEST = "GET /v1/events HTTP/1.1\r\n"


async def send(*headers: str, request_line: str = REQUEST) -> Exchange:
    return await exchange([_request(*headers, request_line=request_line)])


def _request(*headers: str, request_line: str = REQUEST) -> bytes:
    lines = "".join(f"{header}\r\n" for header in headers)
    return f"{request_line}{lines}\r\n".encode("latin-1")


def problem_in(response: bytes) -> dict[str, Any]:
    head, _, body = response.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head
    problem: dict[str, Any] = json.loads(body)
    return problem


@pytest.mark.parametrize("space", [" ", "\t", " \t  "])
async def test_white_space_around_a_value_is_not_part_of_it(space: str) -> None:
    request = _request("Host: c", f"X-User-Id:{space}alice b{space}")
    for reads in splits(request):
        result = await exchange(reads)
        assert result.requests[0]["user"] == ["alice b"], reads


VALID_HOSTS = [
    "calendar",
    "calendar.example.org:8080",
    "127.0.0.1:8080",
    "[::1]",
    "[::ffff:127.0.0.1]:8080",
    "calendar:",
    "xn--80ak6aa92e.com",
    "caf%C3%A9",
    "a_b~c!$&'()*+,;=d",
    "",
]


@pytest.mark.parametrize("host", VALID_HOSTS)
async def test_valid_host_is_accepted(host: str) -> None:
    result = await send(f"Host: {host} ")
    assert result.statuses() == [200]


INVALID_HOSTS = {
    "space": ["Host: a b"],
    "path": ["Host: a/b"],
    "space and path": ["Host: a b/c"],
    "scheme": ["Host: http://a"],
    "user": ["Host: user@a"],
    "query": ["Host: a?b"],
    "port that is no number": ["Host: a:b"],
    "two ports": ["Host: a:1:2"],
    "address without brackets": ["Host: ::1"],
    "half a bracket": ["Host: [::1"],
    "name in brackets": ["Host: [calendar]"],
    "half an escape": ["Host: a%2"],
    "not ASCII": ["Host: caf\xe9"],
    "quotes": ['Host: "a"'],
    "backslash": ["Host: a\\b"],
    "angle brackets": ["Host: <script>"],
    "list": ["Host: a, b"],
    "twice": ["Host: a", "Host: b"],
    "the same one twice": ["Host: a", "Host: a"],
    "empty and another": ["Host:", "Host: a"],
    "other case": ["Host: a", "HOST: a"],
}


@pytest.mark.parametrize("version", ["1.1", "1.0"])
@pytest.mark.parametrize("headers", INVALID_HOSTS.values(), ids=INVALID_HOSTS)
async def test_invalid_host_is_refused(headers: list[str], version: str) -> None:
    request = _request(*headers, request_line=f"GET / HTTP/{version}\r\n")
    for reads in splits(request):
        result = await exchange(reads)
        assert result.statuses() == [400], reads
        assert result.requests == [], reads
        assert result.is_closed, reads
        assert "Host" in problem_in(result.responses)["detail"], reads


@pytest.mark.parametrize("offer", [[], ["Connection: upgrade", "Upgrade: h2c"]])
async def test_request_without_host_is_refused(offer: list[str]) -> None:
    result = await send("X-User-Id: alice", *offer)
    assert result.statuses() == [400]
    assert problem_in(result.responses)["detail"] == "The request has no Host."


async def test_http_1_0_needs_no_host() -> None:
    result = await send(request_line="GET / HTTP/1.0\r\n")
    assert result.statuses() == [200]


async def test_absolute_form_needs_a_host_as_well() -> None:
    absolute = "GET http://elsewhere/v1/events HTTP/1.1\r\n"
    with_host = await send("Host: calendar", request_line=absolute)
    assert (with_host.statuses(), with_host.paths()) == ([200], ["/v1/events"])
    assert (await send(request_line=absolute)).statuses() == [400]
    assert (await send("Host: a", "Host: b", request_line=absolute)).statuses() == [400]


async def test_invalid_host_ends_a_pipeline_after_the_response_before_it() -> None:
    valid, invalid = _request("Host: c"), _request("Host: a b")
    result = await exchange([valid + invalid + valid])
    assert len(result.requests) <= 1
    assert 400 not in result.statuses()
    assert result.is_closed
