"""Steps about webhooks."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import requests
from pytest_bdd import given, parsers, then

from calendar_features import documents, durations
from calendar_features.broker import Record
from calendar_features.documents import Document, Table
from calendar_features.environment import Environment
from calendar_features.inbox import Inbox
from calendar_features.messages import decode
from calendar_features.receiver import ENDPOINTS, secrets
from calendar_features.reminders import Notifications
from calendar_features.waiting import wait_until
from calendar_features.webhooks import Endpoints, Webhook

REDIRECT_TARGET: Final = "elsewhere"

TOLERANCE: Final = timedelta(minutes=5)
"""The difference of clocks that Standard Webhooks recommends to accept."""

_ANSWERS: Final[dict[str, dict[str, Any]]] = {
    "a redirect": {"status": 308, "headers": {"Location": f"/{REDIRECT_TARGET}"}},
    "a closed connection": {"raw": ""},
    "something other than HTTP": {"raw": "220 mail.example.com ESMTP\r\n\r\n"},
    "a long 200": {"status": 200, "size": 1024 * 1024},
}


@given(parsers.parse("the {endpoint:w} endpoint answers {user:w}'s next request with {answer}"))
def answers_next(endpoint: str, user: str, answer: str, endpoints: Endpoints) -> None:
    endpoints.answer_next(endpoint, user, _answer(answer))


def _answer(text: str) -> dict[str, Any]:
    """Parses `500`, `429, to be repeated in 9 seconds`, or the name of another answer."""
    if text in _ANSWERS:
        return _ANSWERS[text]
    status, _, duration = text.partition(", to be repeated in ")
    seconds = int(durations.parse_words(duration).total_seconds()) if duration else None
    headers = {"Retry-After": str(seconds)} if seconds else {}
    return {"status": int(status), "headers": headers}


@then(
    parsers.parse('the {endpoint:w} endpoint receives "{title}" for {user:w}'),
    target_fixture="webhooks",
)
def receives(endpoint: str, title: str, user: str, endpoints: Endpoints) -> list[Webhook]:
    return endpoints.wait_for(endpoint, user, title)


@then(
    parsers.parse(
        'the {endpoint:w} endpoint receives "{title}" for {user:w} twice, at least {duration} apart'
    ),
    target_fixture="webhooks",
)
def receives_twice(
    endpoint: str, title: str, user: str, duration: str, endpoints: Endpoints
) -> list[Webhook]:
    webhooks = endpoints.wait_for(endpoint, user, title, 2)
    first, second = webhooks
    assert second.received_at - first.received_at >= durations.parse_words(duration)
    return webhooks


@then(
    parsers.parse('the {one:w} and {other:w} endpoint receive "{title}" for {user:w}'),
    target_fixture="webhooks",
)
def both_receive(
    one: str, other: str, title: str, user: str, endpoints: Endpoints
) -> list[Webhook]:
    return [endpoints.wait_for(each, user, title)[0] for each in (one, other)]


@then(parsers.parse("the {endpoint:w} endpoint receives all notifications of {user:w}"))
def receives_all(
    endpoint: str, user: str, endpoints: Endpoints, notifications: Notifications
) -> None:
    endpoints.wait_for_ids(
        endpoint, user, {str(row["notification_id"]) for row in notifications.of_user(user)}
    )


@then(parsers.parse('the {endpoint:w} endpoint has received "{title}" for {user:w} once'))
def has_received_once(endpoint: str, title: str, user: str, endpoints: Endpoints) -> None:
    assert len(endpoints.received(endpoint, user, title)) == 1


@then(parsers.parse("the {endpoint:w} endpoint has received requests"))
def has_received_requests(endpoint: str, endpoints: Endpoints) -> None:
    endpoints.wait_until_asked(endpoint)


@then(parsers.parse("the target of the redirect has received nothing for {user:w}"))
def is_not_followed(user: str, endpoints: Endpoints) -> None:
    assert endpoints.received(REDIRECT_TARGET, user) == []


@then(
    parsers.parse(
        "soon the {one:w} endpoint receives notifications of {user:w}"
        " that the {other:w} endpoint does not"
    )
)
def receives_what_other_does_not(
    one: str, user: str, other: str, endpoints: Endpoints, inbox: Inbox, environment: Environment
) -> None:
    """Tries several notifications, because an answer takes a moment to have an effect."""

    def next_is_not_sent() -> bool:
        title = f"number {uuid4()}"
        inbox.receive(user, title)
        endpoints.wait_for(one, user, title)
        return not endpoints.received(other, user, title)

    wait_until(next_is_not_sent, seconds=environment.timeout, what=f"{other} is left out")


@then(parsers.parse('its ID is that of {user:w}\'s notification of "{title}"'))
def has_id(user: str, title: str, webhooks: list[Webhook], notifications: Notifications) -> None:
    [row] = notifications.of(user, title)
    assert webhooks[0].id == str(row["notification_id"])


@then("its body has the type notification.due, a time, and the data of the message")
def has_body(webhooks: list[Webhook], written: Record) -> None:
    document, message = webhooks[0].document, decode(written)
    assert document["type"] == "notification.due"
    documents.parse_instant(document["timestamp"])
    assert _comparable(document["data"]) == _comparable(message)
    assert webhooks[0].id == message["notification_id"]


@then("its data is what was sent")
def has_sent_data(webhooks: list[Webhook], inbox: Inbox) -> None:
    data = webhooks[0].document["data"]
    assert _comparable(data) == _comparable(inbox[data["title"]])


def _comparable(data: Document) -> Document:
    instants = {name: datetime.fromisoformat(data[name]) for name in ("event_date", "notify_at")}
    return data | instants


@then("its data has")
def data_has(datatable: Table, webhooks: list[Webhook]) -> None:
    documents.check(webhooks[0].document["data"], documents.from_rows(datatable))


@then("it is a document in JSON, sent at the time of its timestamp")
def is_document(webhooks: list[Webhook]) -> None:
    headers = webhooks[0].headers
    assert headers["content-type"].partition(";")[0] == "application/json"
    sent_at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    assert abs(webhooks[0].received_at - sent_at) < TOLERANCE


@then(parsers.parse("it is signed with each of the {count:d} secrets of the {endpoint:w} endpoint"))
def is_signed(count: int, endpoint: str, webhooks: list[Webhook]) -> None:
    assert len(secrets(endpoint)) == count
    assert all(webhooks[0].is_signed_with(secret) for secret in secrets(endpoint))


@then(parsers.parse("it is not signed with the secret of the {endpoint:w} endpoint"))
def is_not_signed(endpoint: str, webhooks: list[Webhook]) -> None:
    assert not any(webhooks[0].is_signed_with(secret) for secret in secrets(endpoint))


@then("both requests have the same ID and body")
def are_repeated(webhooks: list[Webhook]) -> None:
    one, other = webhooks
    assert (one.id, one.body) == (other.id, other.body)


@then(parsers.parse("both are signed with the secret of the {endpoint:w} endpoint"))
def are_signed(endpoint: str, webhooks: list[Webhook]) -> None:
    [secret] = secrets(endpoint)
    assert all(webhook.is_signed_with(secret) for webhook in webhooks)


@then("the response contains no secret of an endpoint")
def contains_no_secret(operator_response: requests.Response) -> None:
    for endpoint in ENDPOINTS:
        for secret in secrets(endpoint):
            assert secret.removeprefix("whsec_") not in operator_response.text
