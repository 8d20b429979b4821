"""Steps that acknowledge notifications, and that name users and send headers in unusual ways."""

from concurrent.futures import ThreadPoolExecutor

import requests
from pytest_bdd import given, parsers, then, when

from calendar_features import documents
from calendar_features.api import Api
from calendar_features.events_client import EventsClient
from calendar_features.inbox import Inbox, check
from calendar_features.steps.inbox import notification
from calendar_features.user_ids import UserIds


@given(parsers.parse('{user:w} has acknowledged "{title}"'))
@when(parsers.parse('{user:w} acknowledges "{title}"'))
def acknowledges(user: str, title: str, inbox: Inbox) -> None:
    inbox.acknowledge(user, inbox[title]["notification_id"])


@when(
    parsers.parse('{user:w} acknowledges "{title}" from {count:d} clients at once'),
    target_fixture="answers",
)
def acknowledges_at_once(
    user: str, title: str, count: int, inbox: Inbox
) -> list[requests.Response]:
    notification_id = inbox[title]["notification_id"]
    with ThreadPoolExecutor(count) as threads:
        sent = [threads.submit(inbox.acknowledge, user, notification_id) for _ in range(count)]
        return [future.result() for future in sent]


@when(parsers.parse('{user:w} acknowledges the ID of the event "{title}"'))
def acknowledges_event(user: str, title: str, inbox: Inbox, client: EventsClient) -> None:
    inbox.acknowledge(user, client[title]["id"])


@when(parsers.parse('{user:w} acknowledges "{title}" with a body of {size:d} bytes'))
def acknowledges_with_body(user: str, title: str, size: int, inbox: Inbox) -> None:
    headers = {"Content-Type": "application/json"}
    body = b"{}".ljust(size)
    inbox.acknowledge(user, inbox[title]["notification_id"], headers=headers, data=body)


@when(parsers.parse('a client acknowledges "{title}" and names {user:w} in the parameter'))
def acknowledges_by_parameter(title: str, user: str, inbox: Inbox, user_ids: UserIds) -> None:
    parameters = {"user_id": user_ids[user]}
    inbox.acknowledge(None, inbox[title]["notification_id"], params=parameters)


@when(parsers.parse("a client lists notifications and names {user:w} in {places}"))
def names_user(user: str, places: str, inbox: Inbox, user_ids: UserIds) -> None:
    in_parameter = {"user_id": user_ids[user]} if "parameter" in places else {}
    inbox.list(user if "header" in places else None, params=in_parameter)


@when(
    parsers.parse(
        "a client lists notifications, naming {one:w} in the header but {other:w} in the parameter"
    )
)
def names_two_users(one: str, other: str, inbox: Inbox, user_ids: UserIds) -> None:
    inbox.list(one, params={"user_id": user_ids[other]})


@when(parsers.parse("{user:w} lists notifications under the request ID {request_id:S}"))
def lists_with_request_id(user: str, request_id: str, inbox: Inbox) -> None:
    inbox.list(user, headers={"X-Request-Id": request_id})


@when(parsers.parse("{user:w} lists notifications from a page of {origin:S}"))
def lists_from(user: str, origin: str, inbox: Inbox) -> None:
    inbox.list(user, headers={"Origin": origin})


@when(parsers.parse("{user:w} lists notifications and accepts {codings}"))
def lists_and_accepts(user: str, codings: str, inbox: Inbox) -> None:
    inbox.list(user, headers={"Accept-Encoding": codings})


@then(parsers.parse('the notification is "{title}", now acknowledged'))
def is_acknowledged_now(title: str, api: Api, inbox: Inbox) -> None:
    item = notification(api)
    check(item, inbox[title])
    stored_at, acknowledged_at = (
        documents.parse_instant(item[field]) for field in ("stored_at", "acknowledged_at")
    )
    assert acknowledged_at > stored_at


@then(parsers.parse('"{title}" is acknowledged as in that response'))
def is_acknowledged_as_before(title: str, api: Api) -> None:
    acknowledged, listed = (response.json() for response in api.responses[-2:])
    assert acknowledged in listed["items"]
    assert acknowledged["title"] == title


@then(parsers.parse('"{title}" is not acknowledged'))
def is_not_acknowledged(title: str, api: Api) -> None:
    [item] = [item for item in api.last.json()["items"] if item["title"] == title]
    assert item["acknowledged_at"] is None


@then("all clients receive the same notification")
def answers_agree(answers: list[requests.Response]) -> None:
    assert {answer.status_code for answer in answers} == {200}
    assert all(answer.json() == answers[0].json() for answer in answers)
