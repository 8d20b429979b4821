"""A problem says what is wrong in RFC 9457's members, and can always be sent."""

import json
from http import HTTPStatus
from typing import Any

import pytest

from calendar_api.web import problems

SCOPE: dict[str, Any] = {"raw_path": b"/v1/events", "request_id": "r1"}


def document(**members: Any) -> Any:
    response = problems.problem(SCOPE, HTTPStatus.NOT_FOUND, "Not here.", **members)
    return json.loads(bytes(response.body))


def test_the_members_of_a_problem() -> None:
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


def test_a_kind_tells_apart_what_shares_a_status() -> None:
    told = document(kind="event-not-found")
    assert (told["type"], told["title"]) == (
        "urn:calendar:problem:event-not-found",
        "Event not found",
    )


def test_an_error_shows_where_and_why_and_not_what_was_sent() -> None:
    error = {"loc": ("body", "events", 7, "title"), "msg": "too long", "type": "x", "input": "?"}
    assert document(errors=[error])["errors"] == [
        {"loc": ["body", "events", 7, "title"], "msg": "too long", "type": "x"}
    ]


def test_many_errors_are_cut() -> None:
    error = {"loc": ("body",), "msg": "wrong", "type": "x"}
    assert len(document(errors=[error] * 5_000)["errors"]) == problems.MAX_ERRORS


@pytest.mark.parametrize("name", ["\ud800", "a\0b", "\u2028", '"\\', "x" * 10_000])
def test_a_field_name_of_a_clients_can_be_sent_back(name: str) -> None:
    error = {"loc": ("body", name), "msg": f"{name} is unknown", "type": "x"}
    (told,) = document(errors=[error])["errors"]
    assert told["loc"] == ["body", name[: problems.MAX_TEXT]]
    assert len(told["msg"]) <= problems.MAX_TEXT


def test_any_path_can_be_sent_back() -> None:
    scope = SCOPE | {"raw_path": b"/v1/\xff\x00" + b"x" * 10_000}
    response = problems.problem(scope, HTTPStatus.NOT_FOUND, "Not here.")
    assert len(json.loads(bytes(response.body))["instance"]) == problems.MAX_TEXT


def test_what_may_work_in_a_moment_says_when_to_try_again() -> None:
    response = problems.problem(SCOPE, HTTPStatus.SERVICE_UNAVAILABLE, "Try again.")
    assert response.status_code == 503
    assert int(response.headers["retry-after"]) >= 1


@pytest.mark.parametrize(("count", "says_so"), [(1, False), (100, False), (101, True)])
def test_the_detail_says_when_not_all_errors_are_listed(count: int, *, says_so: bool) -> None:
    error = {"loc": ("body", "title"), "msg": "wrong", "type": "x"}
    response = problems.answer(SCOPE, problems.FieldsInvalid(*[error] * count))
    told = json.loads(bytes(response.body))
    assert len(told["errors"]) == min(count, problems.MAX_ERRORS)
    assert told["detail"].startswith("body.title: wrong")
    assert ("only the first 100 errors are listed" in told["detail"]) is says_so
