"""A request that takes the short way is answered as the framework would answer it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from calendar_api.errors import DatabaseUnavailable, EventConflict, EventNotFound
from calendar_api.events import endpoints as routes
from calendar_api.events.models import EventFields, EventKey, StoredEvent
from calendar_api.events.repository import CreateResult
from calendar_api.events.service import Listing
from calendar_api.listing import endpoints as list_routes
from calendar_api.listing.windows import Window
from calendar_api.web import problems
from calendar_api.web.shortcuts import Shortcuts

ID = "019aa0f5-7c1e-7b7e-8d0a-3f1f3c1f9b11"
JSON = (b"content-type", b"application/json")
ALICE = (b"x-user-id", b"alice")
EVENT: dict[str, Any] = {
    "id": ID,
    "title": " Dentist ",
    "starts_at": "2026-11-23T10:00:00+03:00",
    "duration": "PT45M",
    "notify_before": "P1D",
}


@dataclass
class EchoingService:
    """Answers what it was asked, so that arguments read in another way would show."""

    fails_with: Exception | None = None

    async def create(self, user_id: str, events: dict[UUID, EventFields]) -> CreateResult:
        self._fail()
        documents = [f"{user_id} {id_} {content}" for id_, content in events.items()]
        return CreateResult([StoredEvent(1, text.encode()) for text in documents], is_new=True)

    async def get(self, key: EventKey) -> StoredEvent:
        self._fail()
        return StoredEvent(3, f"{key}".encode())

    async def list_overlapping(
        self, user_id: str, window: Window, *, cursor: str | None, limit: int
    ) -> Listing:
        self._fail()
        return Listing(f"{user_id} {window} {cursor} {limit}".encode(), None)

    def _fail(self) -> None:
        if self.fails_with:
            raise self.fails_with


@dataclass
class Call:
    """One request."""

    method: str
    path: str
    query: str = ""
    headers: Sequence[tuple[bytes, bytes]] = (ALICE,)
    body: bytes = b""

    async def to(self, app: ASGIApp, service: EchoingService) -> tuple[int, list[Any], bytes]:
        """Status, headers and body of the answer."""
        received: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": self.body, "more_body": False}

        async def send(message: Message) -> None:
            received.append(message)

        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": self.method,
            "path": self.path,
            "raw_path": self.path.encode(),
            "query_string": self.query.encode(),
            "root_path": "",
            "headers": list(self.headers),
            "state": {"service": service},
            "request_id": "r",
        }
        await app(scope, receive, send)
        start, *rest = received
        body = b"".join(message.get("body", b"") for message in rest)
        return start["status"], start["headers"], body


@pytest.fixture
def framework() -> FastAPI:
    app = FastAPI(redirect_slashes=False)
    for router in (list_routes.router, routes.router):
        app.router.routes += router.routes
    problems.install(app)
    return app


def post(body: object, path: str = "/v1/events", **options: Any) -> Call:
    encoded = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Call("POST", path, body=encoded, **{"headers": (ALICE, JSON), **options})


PLAIN = [
    post(EVENT),
    post({**EVENT, "description": "x" * 1000, "notify_before": None}),
    Call("GET", f"/v1/events/{ID}"),
    Call("GET", f"/v1/events/{ID.upper()}"),
    Call("GET", f"/v1/events/{ID}", headers=(ALICE, (b"if-none-match", b'"3"'))),
    Call("GET", f"/v1/events/{ID}", headers=(ALICE, (b"if-none-match", b'W/"2", "\xff"'))),
    Call("GET", "/v1/events/day", "date=2026-11-23"),
    Call("GET", "/v1/events/day", "date=2026-11-23&tz=Europe%2FMoscow&limit=10"),
    Call("GET", "/v1/events/week", "start=2026-11-23&cursor=abc"),
    Call("GET", "/v1/events/month", "tz=America/New_York&start=2026-01-31"),
    Call("GET", "/v1/events", "from=2026-11-23T00:00:00Z&to=2026-11-24T00:00:00%2B03:00"),
]

UNUSUAL = [
    post(EVENT, headers=(JSON,)),
    post(EVENT, headers=(JSON,), query="user_id=alice"),
    post(EVENT, query="user_id=bob"),
    post(EVENT, query="colour=red"),
    post(EVENT, headers=(ALICE, ALICE, JSON)),
    post(EVENT, headers=(ALICE, (b"x-user-id", b"bob"), JSON)),
    post(EVENT, headers=((b"x-user-id", b"a b"), JSON)),
    post(EVENT, headers=((b"x-user-id", b"\xff"), JSON)),
    post(EVENT, headers=(ALICE,)),
    post(EVENT, headers=(ALICE, (b"content-type", b"application/json; charset=utf-8"))),
    post(EVENT, headers=(ALICE, (b"content-type", b"text/plain"))),
    post({**EVENT, "title": ""}),
    post({**EVENT, "colour": "red"}),
    post([EVENT]),
    post(b""),
    post(b"{"),
    post(b'{"title": "a", "title": "b"}'),
    post(b"\xff\xfe"),
    post(b"[" * 500),
    post({**EVENT, "description": "x" * 65_536}),
    post({"events": [EVENT, {**EVENT, "starts_at": "soon"}]}, "/v1/events/batch"),
    post(EVENT, "/v1/events/day"),
    Call("GET", "/v1/events/batch"),
    Call("GET", "/v1/events/nonsense"),
    Call("GET", f"/v1/events/{ID}/"),
    Call("GET", f"/v1/events/{ID}", "x"),
    Call("GET", f"/v1/events/{ID}", "x="),
    Call("HEAD", f"/v1/events/{ID}"),
    Call("OPTIONS", "/v1/events"),
    Call("GET", "/v1/events/day"),
    Call("GET", "/v1/events/day", "date=2026-02-30"),
    Call("GET", "/v1/events/day", "date=2026-11-23&date=2026-11-24"),
    Call("GET", "/v1/events/day", "date=2026-11-23&user_id=alice"),
    Call("GET", "/v1/events/day", "date=2026-11-23&limit=0"),
    Call("GET", "/v1/events/day", "date=2026-11-23&tz="),
    Call("GET", "/v1/events/day", "date=2026-11-23&%C3%A4=%ff"),
    Call("GET", "/v1/events", "from=2026-11-23T00:00:00Z"),
    Call("GET", "/v1/nowhere"),
]

REFUSED_LATER = [
    Call("GET", "/v1/events/day", "date=0001-01-01&tz=Asia/Tokyo"),
]


async def never(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise AssertionError("this has to be answered before")


def shortcuts_alone(framework: FastAPI, monkeypatch: pytest.MonkeyPatch) -> Shortcuts:
    """With a framework that must not be asked."""
    shortcuts = Shortcuts(framework, framework.routes)
    monkeypatch.setattr(shortcuts, "_app", never)
    return shortcuts


@pytest.mark.parametrize("call", PLAIN + REFUSED_LATER, ids=str)
async def test_what_is_plain_takes_the_short_way_and_has_the_same_answer(
    call: Call, framework: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = await call.to(framework, EchoingService())
    assert await call.to(shortcuts_alone(framework, monkeypatch), EchoingService()) == expected
    assert (expected[0] < 400) is (call in PLAIN)


@pytest.mark.parametrize("call", UNUSUAL, ids=str)
async def test_what_is_unusual_is_left_to_the_framework(
    call: Call, framework: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = await call.to(framework, EchoingService())
    assert await call.to(Shortcuts(framework, framework.routes), EchoingService()) == expected
    with pytest.raises(AssertionError):
        await call.to(shortcuts_alone(framework, monkeypatch), EchoingService())


@pytest.mark.parametrize(
    "error", [EventNotFound(), EventConflict([UUID(ID)]), DatabaseUnavailable()]
)
@pytest.mark.parametrize("call", PLAIN, ids=str)
async def test_what_goes_wrong_later_has_the_same_answer(
    call: Call, error: Exception, framework: FastAPI
) -> None:
    expected = await call.to(framework, EchoingService(error))
    assert await call.to(Shortcuts(framework, framework.routes), EchoingService(error)) == expected
    assert expected[0] >= 400


async def test_a_fault_is_not_hidden(framework: FastAPI) -> None:
    with pytest.raises(ZeroDivisionError):
        await PLAIN[0].to(
            Shortcuts(framework, framework.routes), EchoingService(ZeroDivisionError())
        )
