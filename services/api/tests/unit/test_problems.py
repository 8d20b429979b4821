"""Problem details (RFC 9457) have their members, and can be sent whatever the client sent."""

import json
from http import HTTPStatus
from typing import Any

import pytest
from starlette.requests import Request

from calendar_api.web import problems

SCOPE: dict[str, Any] = {"raw_path": b"/v1/events", "request_id": "r1"}


def document(**members: Any) -> Any:
    response = problems.problem(SCOPE, HTTPStatus.NOT_FOUND, "Not here.", **members)
    return json.loads(bytes(response.body))


def test_members_of_a_problem() -> None:
    response = problems.problem(SCOPE, HTTPStatus.NOT_FOUND, "Not here.")
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert json.loads(bytes(response.body)) == {
        "type": "urn:calendar:problem:not-found",
        "title": "Not found",
        "status": 404,
        "detail": "Not here.",
        "instance": "/v1/events",
        "request_id": "r1",
    }


def test_kind_distinguishes_problems_with_the_same_status() -> None:
    sent = document(kind="event-not-found")
    assert (sent["type"], sent["title"]) == (
        "urn:calendar:problem:event-not-found",
        "Event not found",
    )


def test_error_does_not_show_the_input() -> None:
    error = {"loc": ("body", "events", 7, "title"), "msg": "too long", "type": "x", "input": "?"}
    assert document(errors=[error])["errors"] == [
        {"loc": ["body", "events", 7, "title"], "msg": "too long", "type": "x"}
    ]


def test_number_of_errors_is_limited() -> None:
    error = {"loc": ("body",), "msg": "wrong", "type": "x"}
    assert len(document(errors=[error] * 5_000)["errors"]) == problems.MAX_ERRORS


@pytest.mark.parametrize("name", ["\ud800", "a\0b", "\u2028", '"\\', "x" * 10_000])
def test_any_field_name_can_be_sent_back(name: str) -> None:
    error = {"loc": ("body", name), "msg": f"{name} is unknown", "type": "x"}
    (sent,) = document(errors=[error])["errors"]
    assert sent["loc"] == ["body", name[: problems.MAX_TEXT]]
    assert len(sent["msg"]) <= problems.MAX_TEXT


def test_any_path_can_be_sent_back() -> None:
    scope = SCOPE | {"raw_path": b"/v1/\xff\x00" + b"x" * 10_000}
    response = problems.problem(scope, HTTPStatus.NOT_FOUND, "Not here.")
    assert len(json.loads(bytes(response.body))["instance"]) == problems.MAX_TEXT


def test_503_has_retry_after() -> None:
    response = problems.problem(SCOPE, HTTPStatus.SERVICE_UNAVAILABLE, "Try again.")
    assert response.status_code == 503
    assert int(response.headers["retry-after"]) >= 1


@pytest.mark.parametrize(("count", "says_so"), [(1, False), (100, False), (101, True)])
async def test_detail_says_when_not_all_errors_are_listed(count: int, *, says_so: bool) -> None:
    error = {"loc": ("body", "title"), "msg": "wrong", "type": "x"}
    handle = problems.HANDLERS[problems.FieldsInvalid]
    invalid = problems.FieldsInvalid(*[error] * count)
    response = await handle(Request({"type": "http", **SCOPE}), invalid)
    sent = json.loads(bytes(response.body))
    assert len(sent["errors"]) == min(count, problems.MAX_ERRORS)
    assert sent["detail"].startswith("body.title: wrong")
    assert ("only the first 100 errors are listed" in sent["detail"]) is says_so
