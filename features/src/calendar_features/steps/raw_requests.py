"""Steps that send malformed or unusual requests."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from pytest_bdd import parsers, then, when

from calendar_features import documents
from calendar_features.api import Api
from calendar_features.documents import Table
from calendar_features.events_client import EVENTS, EventsClient
from calendar_features.inbox import NOTIFICATIONS
from calendar_features.user_ids import UserIds

_JSON: Final = {"Content-Type": "application/json"}
_DAY: Final = "/v1/events/day?date=2044-11-23"

_LONG_EVENT: Final = documents.an_event(description=65_536 * "x")


@when(parsers.parse("{user:w} requests /{path:S}"))
def requests_path(user: str, path: str, api: Api) -> None:
    api.call("GET", f"/{path}", user=user)


@when(parsers.parse("an anonymous client sends {method:w} to {path:S}"))
def sends_without_user(method: str, path: str, api: Api) -> None:
    api.call(method, path, body=_body_for(method, path))


@when(parsers.parse("{user:w} sends {method:w} to {path:S}"))
def sends(user: str, method: str, path: str, api: Api) -> None:
    api.call(method, path, user=user, body=_body_for(method, path))


@when(parsers.parse("an anonymous client sends {method:w} to the {service:w}'s {path:S}"))
def sends_to_service_without_user(method: str, service: str, path: str, api: Api) -> None:
    api.call(method, path, service=service)


@when(parsers.parse("{user:w} sends {method:w} to the {service:w}'s {path:S}"))
def sends_to_service(user: str, method: str, service: str, path: str, api: Api) -> None:
    api.call(method, path, service=service, user=user)


def _body_for(method: str, path: str) -> Any:
    """A valid body, so that only the rest of the request is invalid."""
    if method == "PATCH":
        return {"title": "Surgeon"}
    if path.startswith("/v1/events/batch"):
        return {"events": [documents.an_event()]}
    return documents.an_event() if method in {"POST", "PUT"} else None


@when(parsers.parse("{user:w} posts the document {document} to {path:S}"))
def posts_document(user: str, document: str, path: str, api: Api) -> None:
    api.call("POST", path, user=user, headers=_JSON, data=json.dumps(json.loads(document)))


@when(parsers.parse("{user:w} posts the text {text} to {path:S}"))
def posts_text(user: str, text: str, path: str, api: Api) -> None:
    api.call("POST", path, user=user, headers=_JSON, data=text.encode())


@when(parsers.parse("{user:w} posts an empty body to {path:S}"))
def posts_nothing(user: str, path: str, api: Api) -> None:
    api.call("POST", path, user=user, headers=_JSON)


@when(parsers.parse("{user:w} posts bytes that are not UTF-8 to {path:S}"))
def posts_bytes(user: str, path: str, api: Api) -> None:
    latin = json.dumps(documents.an_event(title="Café"), ensure_ascii=False).encode("latin-1")
    api.call("POST", path, user=user, headers=_JSON, data=latin)


@when(parsers.parse("{user:w} posts an event after a byte order mark to {path:S}"))
def posts_after_mark(user: str, path: str, api: Api) -> None:
    marked = json.dumps(documents.an_event()).encode("utf-8-sig")
    api.call("POST", path, user=user, headers=_JSON, data=marked)


@when(parsers.parse("{user:w} posts a document with {levels:d} nested arrays to {path:S}"))
def posts_levels(user: str, levels: int, path: str, api: Api) -> None:
    deep = f'{{"title": {levels * "["}{levels * "]"}}}'
    api.call("POST", path, user=user, headers=_JSON, data=deep)


@when(parsers.parse("{user:w} posts an event as {content_type}"))
def posts_as(user: str, content_type: str, api: Api) -> None:
    headers = {} if content_type == "no type" else {"Content-Type": content_type}
    data = json.dumps(documents.an_event()).encode()
    api.call("POST", EVENTS, user=user, headers=headers, data=data)


@when(parsers.parse("{user:w} sends {what} in {size:d} bytes, {manner}"))
def sends_bytes(user: str, what: str, size: int, manner: str, api: Api) -> None:
    path, document = {
        "an event": (EVENTS, documents.an_event()),
        "a batch": (f"{EVENTS}/batch", {"events": 250 * [_LONG_EVENT]}),
    }[what]
    data = json.dumps(document).encode().ljust(size)
    assert len(data) == size
    api.call(
        "POST",
        path,
        user=user,
        headers=_JSON,
        data=_chunks(data) if manner == "in chunks" else data,
    )


def _chunks(data: bytes) -> Iterator[bytes]:
    """Without a length, the client sends `Transfer-Encoding: chunked`."""
    size = 64 * 1024
    yield from (data[start : start + size] for start in range(0, len(data), size))


@when(parsers.parse('{user:w} sends a request with the ID "{request_id}"'))
def sends_request_id(user: str, request_id: str, api: Api) -> None:
    api.call("GET", _DAY, user=user, headers={"X-Request-Id": _expand(request_id)})


@when(parsers.parse("a client lists the day {date:S} and names {user:w} in the {places}"))
def names_user(date: str, user: str, places: str, api: Api, user_ids: UserIds) -> None:
    parameters = {"date": date}
    if "parameter" in places:
        parameters["user_id"] = user_ids[user]
    in_header = user if "header" in places else None
    api.call("GET", f"{EVENTS}/day", user=in_header, params=parameters)


@when(parsers.parse("a client names {one:w} in the header and {other:w} in the parameter"))
def names_two_users(one: str, other: str, api: Api, user_ids: UserIds) -> None:
    api.call("GET", _DAY, user=one, params={"user_id": user_ids[other]})


@when(parsers.parse("a user with the ID {name} lists {items:w}"))
def user_called(name: str, items: str, api: Api) -> None:
    service, path = {"events": ("API", _DAY), "notifications": ("Storer", NOTIFICATIONS)}[items]
    api.call("GET", path, service=service, params={"user_id": _expand(name)})


def _expand(text: str) -> str:
    """Expands `1000 letters` and `nothing`; returns other text unchanged."""
    count, _, letters = text.partition(" ")
    if letters == "letters":
        return int(count) * "x"
    return "" if text == "nothing" else text


@when(parsers.parse('{user:w} tries to {call:w} "{title}"'))
def tries_to(user: str, call: str, title: str, client: EventsClient) -> None:
    {
        "get": lambda: client.get(user, title),
        "replace": lambda: client.replace(user, title, documents.an_event(title="Stolen")),
        "change": lambda: client.change(user, title, {"title": "Stolen"}),
        "delete": lambda: client.delete(user, title),
    }[call]()


@then(parsers.parse("the problem has {members}"))
def problem_has(members: str, api: Api) -> None:
    problem = api.last.json()
    assert all(isinstance(problem[name], str) and problem[name] for name in members.split(", "))


@then(parsers.parse('the problem says "{text}"'))
def problem_says(text: str, api: Api) -> None:
    assert text in api.last.json()["detail"]


@then(parsers.parse("the problem's status is {status:d}"))
def problem_status(status: int, api: Api) -> None:
    assert api.last.json()["status"] == status


@then(parsers.parse("the problem's instance is {path:S}"))
def problem_instance(path: str, api: Api) -> None:
    assert api.last.json()["instance"] == path


@then(parsers.parse("the header {name:S} has {values}"))
def header_has(name: str, values: str, api: Api) -> None:
    given = {value.strip() for value in api.last.headers[name].split(",")}
    assert set(values.split(", ")) <= given


@then("the response has a new request ID")
def generated_request_id(api: Api) -> None:
    sent = api.last.request.headers.get("X-Request-Id")
    assert api.last.headers["X-Request-Id"] not in {"", sent}


@then("both requests have different IDs")
def request_ids_differ(api: Api) -> None:
    one, other = (response.headers["X-Request-Id"] for response in api.responses[-2:])
    assert one != other


@then("the document describes")
def document_describes(datatable: Table, api: Api) -> None:
    paths = api.last.json()["paths"]
    described = {_without_names(path): set(calls) for path, calls in paths.items()}
    for path, methods in datatable[1:]:
        assert described[_without_names(path)] >= set(methods.split(", ")), path


def _without_names(path: str) -> str:
    """Names of path parameters are not part of the contract."""
    return re.sub(r"{\w+}", "{}", path)
