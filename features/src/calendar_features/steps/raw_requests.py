"""Steps that speak HTTP as a careless client, or a hostile one, does."""

import json
from collections.abc import Iterator
from typing import Any, Final

from pytest_bdd import parsers, then, when

from calendar_features import events
from calendar_features.api import Api
from calendar_features.diary import EVENTS, Diary
from calendar_features.events import Table
from calendar_features.people import People

_JSON: Final = {"Content-Type": "application/json"}
_DAY: Final = "/v1/events/day?date=2044-11-23"


@when(parsers.parse("{who:w} asks for /{path:S}"))
def asks_for_path(who: str, path: str, api: Api) -> None:
    api.call("GET", f"/{path}", who=who)


@when(parsers.parse("a user without a name sends {method:w} to {path:S}"))
def nameless_sends(method: str, path: str, api: Api) -> None:
    api.call(method, path, body=_body_for(method, path))


@when(parsers.parse("{who:w} sends {method:w} to {path:S}"))
def sends(who: str, method: str, path: str, api: Api) -> None:
    api.call(method, path, who=who, body=_body_for(method, path))


def _body_for(method: str, path: str) -> Any:
    """A body that is right, so that only the rest of the request can be wrong."""
    if method == "PATCH":
        return {"title": "Surgeon"}
    if path.startswith("/v1/events/batch"):
        return {"events": [events.an_event()]}
    return events.an_event() if method in {"POST", "PUT"} else None


@when(parsers.parse("{who:w} posts the document {document} to {path:S}"))
def posts_document(who: str, document: str, path: str, api: Api) -> None:
    api.call("POST", path, who=who, headers=_JSON, data=json.dumps(json.loads(document)))


@when(parsers.parse("{who:w} posts the text {text} to {path:S}"))
def posts_text(who: str, text: str, path: str, api: Api) -> None:
    api.call("POST", path, who=who, headers=_JSON, data=text.encode())


@when(parsers.parse("{who:w} posts nothing to {path:S}"))
def posts_nothing(who: str, path: str, api: Api) -> None:
    api.call("POST", path, who=who, headers=_JSON)


@when(parsers.parse("{who:w} posts bytes that are not UTF-8 to {path:S}"))
def posts_bytes(who: str, path: str, api: Api) -> None:
    latin = json.dumps(events.an_event(title="Café"), ensure_ascii=False).encode("latin-1")
    api.call("POST", path, who=who, headers=_JSON, data=latin)


@when(parsers.parse("{who:w} posts a document of {levels:d} levels to {path:S}"))
def posts_levels(who: str, levels: int, path: str, api: Api) -> None:
    deep = f'{{"title": {levels * "["}{levels * "]"}}}'
    api.call("POST", path, who=who, headers=_JSON, data=deep)


@when(parsers.parse("{who:w} posts an event as {content_type}"))
def posts_as(who: str, content_type: str, api: Api) -> None:
    headers = {} if content_type == "no type" else {"Content-Type": content_type}
    data = json.dumps(events.an_event()).encode()
    api.call("POST", EVENTS, who=who, headers=headers, data=data)


@when(parsers.parse("{who:w} sends {what} in {size:d} bytes, {manner}"))
def sends_bytes(who: str, what: str, size: int, manner: str, api: Api) -> None:
    path, document = {
        "an event": (EVENTS, events.an_event()),
        "a batch": (f"{EVENTS}/batch", {"events": [events.an_event()]}),
    }[what]
    data = json.dumps(document).encode().ljust(size)
    api.call(
        "POST",
        path,
        who=who,
        headers=_JSON,
        data=_chunks(data) if manner == "in chunks" else data,
    )


def _chunks(data: bytes) -> Iterator[bytes]:
    """Without a length, the client sends `Transfer-Encoding: chunked`."""
    size = 64 * 1024
    yield from (data[start : start + size] for start in range(0, len(data), size))


@when(parsers.parse('{who:w} sends a request with the ID "{request_id}"'))
def sends_request_id(who: str, request_id: str, api: Api) -> None:
    api.call("GET", _DAY, who=who, headers={"X-Request-Id": _written_out(request_id)})


@when(parsers.parse("somebody lists the day {date:S} and names {who:w} in the {places}"))
def names_user(date: str, who: str, places: str, api: Api, people: People) -> None:
    parameters = {"date": date}
    if "parameter" in places:
        parameters["user_id"] = people[who]
    in_header = who if "header" in places else None
    api.call("GET", f"{EVENTS}/day", who=in_header, params=parameters)


@when(parsers.parse("somebody names {one:w} in the header and {other:w} in the parameter"))
def names_two_users(one: str, other: str, api: Api, people: People) -> None:
    api.call("GET", _DAY, who=one, params={"user_id": people[other]})


@when(parsers.parse("a user called {name} asks for a list"))
def user_called(name: str, api: Api) -> None:
    api.call("GET", _DAY, params={"user_id": _written_out(name)})


def _written_out(text: str) -> str:
    """What the scenario describes in words, because nobody could read it."""
    count, _, letters = text.partition(" ")
    if letters == "letters":
        return int(count) * "x"
    return "" if text == "nothing" else text


@when(parsers.parse('{who:w} tries to {call:w} "{title}"'))
def tries_to(who: str, call: str, title: str, diary: Diary) -> None:
    {
        "get": lambda: diary.get(who, title),
        "replace": lambda: diary.replace(who, title, events.an_event(title="Stolen")),
        "change": lambda: diary.change(who, title, {"title": "Stolen"}),
        "delete": lambda: diary.delete(who, title),
    }[call]()


@then(parsers.parse("the problem has {members}"))
def problem_has(members: str, api: Api) -> None:
    problem = api.last.json()
    assert all(isinstance(problem[name], str) and problem[name] for name in members.split(", "))


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


@then("the request has an ID of the server's own")
def own_request_id(api: Api) -> None:
    sent = api.last.request.headers.get("X-Request-Id")
    assert api.last.headers["X-Request-Id"] not in {"", sent}


@then("both requests have IDs, each its own")
def request_ids_differ(api: Api) -> None:
    one, other = (answer.headers["X-Request-Id"] for answer in api.answers[-2:])
    assert one != other


@then("the document describes")
def document_describes(datatable: Table, api: Api) -> None:
    paths = api.last.json()["paths"]
    described = {path: set(calls) for path, calls in paths.items()}
    for path, methods in datatable[1:]:
        assert described[path] >= set(methods.split(", ")), path
