"""The calls that are made most, read without the framework where nothing about them is unusual.

The endpoints are the same. Whatever is not plain, and with it every error of a client, goes the
framework's way, so that requests are refused in one place only (docs/adr/0011).
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

from fastapi import Response
from pydantic import TypeAdapter
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from calendar_api.events import endpoints as routes
from calendar_api.events.schemas import EventIn
from calendar_api.events.service import EventService
from calendar_api.listing import endpoints as list_routes
from calendar_api.listing.schemas import DayQuery, RangeQuery, StartQuery
from calendar_api.values.types import EventId, UserId
from calendar_api.web import problems
from calendar_api.web.bodies import replay
from calendar_api.web.json_route import JSON, LARGE
from calendar_api.web.parameters import Query
from calendar_api.web.strict_json import parse_document

_NONE: Final = Query()
_USER: Final = TypeAdapter[str](UserId)
_EVENT_ID: Final = TypeAdapter[Any](EventId)
_ONE_EVENT: Final = "/v1/events/"


@dataclass(slots=True)
class Plain:
    """A request of a known user, with headers and parameters once each."""

    path: str
    headers: Mapping[bytes, bytes]
    parameters: Mapping[str, str]
    user: str
    events: EventService
    body: bytes


Call = Callable[[Plain], Awaitable[Response]]
"""Reads the endpoint's arguments, at once, and then calls it. Raises ValueError where it cannot."""


def _create_event(request: Plain) -> Awaitable[Response]:
    _require_no_parameters(request)
    event = EventIn.model_validate(parse_document(request.body))
    return routes.create_event(event, _NONE, request.user, request.events)


def _get_event(request: Plain) -> Awaitable[Response]:
    _require_no_parameters(request)
    event_id = _EVENT_ID.validate_python(request.path.removeprefix(_ONE_EVENT))
    known = request.headers.get(b"if-none-match")
    return routes.get_event(
        event_id,
        _NONE,
        request.user,
        request.events,
        None if known is None else known.decode("latin-1"),
    )


def _require_no_parameters(request: Plain) -> None:
    if request.parameters:
        raise ValueError("it takes none but the user's")


def _list_day(request: Plain) -> Awaitable[Response]:
    query = DayQuery.model_validate(request.parameters)
    return list_routes.list_day(query, request.user, request.events)


def _list_week(request: Plain) -> Awaitable[Response]:
    query = StartQuery.model_validate(request.parameters)
    return list_routes.list_week(query, request.user, request.events)


def _list_month(request: Plain) -> Awaitable[Response]:
    query = StartQuery.model_validate(request.parameters)
    return list_routes.list_month(query, request.user, request.events)


def _list_range(request: Plain) -> Awaitable[Response]:
    query = RangeQuery.model_validate(request.parameters)
    return list_routes.list_range(query, request.user, request.events)


_CALLS: Final[Mapping[tuple[str, str], Call]] = {
    ("POST", "/v1/events"): _create_event,
    ("GET", "/v1/events/{event_id}"): _get_event,
    ("GET", "/v1/events/day"): _list_day,
    ("GET", "/v1/events/week"): _list_week,
    ("GET", "/v1/events/month"): _list_month,
    ("GET", "/v1/events"): _list_range,
}
"""By method and route."""


class Shortcuts:
    """Answers what it can, and hands on the rest. Behind the edge: a body comes in one piece."""

    def __init__(self, app: ASGIApp, known_routes: Sequence[BaseRoute]) -> None:
        self._app = app
        known = {
            (method, route.path): route
            for route in known_routes
            if isinstance(route, Route)
            for method in route.methods or ()
        }
        self._calls = {key: (known[key], call) for key, call in _CALLS.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        found = self._find(scope) if scope["type"] == "http" else None
        if found is None:
            await self._app(scope, receive, send)
            return
        route, call = found
        body = b""
        if scope["method"] == "POST":
            body = (await receive()).get("body", b"")
            receive = replay(body, receive)
        try:
            answering = call(_plain(scope, body))
        except ValueError:
            await self._app(scope, receive, send)
            return
        scope["route"] = route
        try:
            response = await answering
        except problems.EXPECTED as error:
            response = problems.answer(scope, error)
        await response(scope, receive, send)

    def _find(self, scope: Scope) -> tuple[Route, Call] | None:
        method, path = scope["method"], scope["path"]
        found = self._calls.get((method, path))
        if found is None and method == "GET" and path.startswith(_ONE_EVENT):
            return self._calls["GET", _ONE_EVENT + "{event_id}"]
        return found


def _plain(scope: Scope, body: bytes) -> Plain:
    headers = dict(scope["headers"])
    pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    parameters = dict(pairs)
    if len(headers) < len(scope["headers"]) or len(parameters) < len(pairs):
        raise ValueError("something is given more than once")
    if "user_id" in parameters:
        raise ValueError("there may be two users")
    if body and headers.get(b"content-type") != JSON.encode():
        raise ValueError("this may not be JSON")
    if len(body) > LARGE:
        raise ValueError("parsing this takes a turn of its own")
    return Plain(
        path=scope["path"],
        headers=headers,
        parameters=parameters,
        user=_USER.validate_python(headers.get(b"x-user-id", b"").decode("latin-1")),
        events=scope["state"]["service"],
        body=body,
    )
