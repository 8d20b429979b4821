"""Each call's arguments are read from the request, and the errors of all its parts reported."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from starlette.routing import Route
from starlette.types import Message

from calendar_api.errors import (
    ConnectionLost,
    DatabaseUnavailable,
    EventConflict,
    EventNotFound,
    VersionMismatch,
)
from calendar_api.events import endpoints as routes
from calendar_api.events.models import EventFields, EventKey, StoredEvent
from calendar_api.events.repository import Precondition
from calendar_api.events.service import Listing
from calendar_api.events.writing import CreateResult
from calendar_api.listing import endpoints as list_routes
from calendar_api.listing.models import ListKey
from calendar_api.occurrences import endpoints as occurrence_routes
from calendar_api.occurrences.repository import Split
from calendar_api.web.handlers import HANDLERS
from calendar_api.web.route import fixed_paths_first

ID = "019aa0f5-7c1e-7b7e-8d0a-3f1f3c1f9b11"
JSON = (b"content-type", b"application/json")
MERGE_PATCH = (b"content-type", b"application/merge-patch+json")
ALICE = (b"x-user-id", b"alice")
EVENT: dict[str, Any] = {
    "id": ID,
    "title": " Dentist ",
    "starts_at": "2026-11-23T10:00:00+03:00",
    "duration": "PT45M",
    "notify_before": "P1D",
}


REVISIONS = {"3-a", "4-a", "5-a"}


def accepted(precondition: Precondition) -> set[str]:
    """The revisions that a request may change."""
    revisions = set[str]()
    for revision in REVISIONS:
        with suppress(VersionMismatch):
            precondition(revision)
            revisions.add(revision)
    return revisions


@dataclass
class RecordingService:
    """Records the arguments of its calls."""

    fails_with: Exception | None = None
    calls: list[tuple[Any, ...]] = field(default_factory=list)

    async def create(self, user_id: str, events: dict[UUID, EventFields]) -> CreateResult:
        self._record("create", user_id, *events)
        return CreateResult([StoredEvent("1-a", b"{}")] * len(events), is_new=True)

    async def get(self, key: EventKey, *recurrence_id: date) -> StoredEvent:
        self._record("get", key.user_id, key.event_id, *recurrence_id)
        return StoredEvent("3-a", b"{}")

    async def change(
        self, key: EventKey, _change: object, *, precondition: Precondition
    ) -> StoredEvent:
        self._record("change", key.user_id, key.event_id, accepted(precondition))
        return StoredEvent("4-a", b"{}")

    async def delete(self, key: EventKey, *, precondition: Precondition) -> None:
        self._record("delete", key.user_id, key.event_id, accepted(precondition))

    async def exclude(
        self, key: EventKey, recurrence_id: date, *, precondition: Precondition
    ) -> None:
        self._record("exclude", key.user_id, key.event_id, recurrence_id, accepted(precondition))

    async def delete_from(
        self, key: EventKey, recurrence_id: date, *, precondition: Precondition
    ) -> None:
        self._record("delete", key.user_id, key.event_id, recurrence_id, accepted(precondition))

    async def split(
        self, key: EventKey, split: Split, *, precondition: Precondition
    ) -> CreateResult:
        self._record("split", key.user_id, key.event_id, split.at, accepted(precondition))
        return CreateResult([StoredEvent("1-a", b"{}")], is_new=True)

    async def list_overlapping(self, key: ListKey, *, cursor: str | None, limit: int) -> Listing:
        length = key.window.end - key.window.start
        self._record("list", key.user_id, length, key.expand, cursor, limit)
        return Listing(b"", None)

    def _record(self, *call: Any) -> None:
        self.calls.append(call)
        if self.fails_with:
            raise self.fails_with


@dataclass
class Answer:
    """A response."""

    status: int
    headers: dict[str, str]
    body: bytes

    def errors(self) -> list[str]:
        """The errors of a 422: location and type."""
        assert self.status == 422, self.body
        errors = json.loads(self.body)["errors"]
        return [f"{'.'.join(map(str, error['loc']))} {error['type']}" for error in errors]


@dataclass(frozen=True)
class Call:
    """One request."""

    method: str
    path: str
    query: str = ""
    headers: Sequence[tuple[bytes, bytes]] = (ALICE,)
    body: bytes = b""

    async def send(self, service: RecordingService | None = None) -> Answer:
        """Sends the request to the routes of the API."""
        app = FastAPI(redirect_slashes=False, exception_handlers=HANDLERS)
        routers = (list_routes.router, routes.router, occurrence_routes.router)
        all_routes = [route for router in routers for route in router.routes]
        app.router.routes += fixed_paths_first([r for r in all_routes if isinstance(r, Route)])
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
            "state": dict.fromkeys(("service", "occurrences"), service or RecordingService()),
            "request_id": "r",
        }
        await app(scope, receive, send)
        start, *rest = received
        return Answer(
            start["status"],
            {name.decode(): value.decode() for name, value in start["headers"]},
            b"".join(message.get("body", b"") for message in rest),
        )


def send_body(
    method: str, path: str, body: object, *headers: tuple[bytes, bytes], query: str = ""
) -> Call:
    encoded = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Call(method, path, query, headers or (ALICE, JSON), encoded)


def post(body: object, *headers: tuple[bytes, bytes], query: str = "") -> Call:
    return send_body("POST", "/v1/events", body, *headers, query=query)


def post_batch(body: object, *headers: tuple[bytes, bytes], query: str = "") -> Call:
    return send_body("POST", "/v1/events/batch", body, *headers, query=query)


def get(query: str = "", *headers: tuple[bytes, bytes], event_id: str = ID) -> Call:
    return Call("GET", f"/v1/events/{event_id}", query, headers)


def day(query: str, *headers: tuple[bytes, bytes]) -> Call:
    return Call("GET", "/v1/events/day", query, headers or (ALICE,))


ONE = f"/v1/events/{ID}"
UUID_ = UUID(ID)
CREATED = ("create", "alice", UUID_)
GOT = ("get", "alice", UUID_)
LISTED = ("list", "alice", timedelta(days=1), True, None, 1000)
CHANGED = ("change", "alice", UUID_, REVISIONS)
CHARSET = (b"content-type", b'Application/JSON; Charset="UTF-8"')


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (post(EVENT), CREATED),
        (post(EVENT, JSON, query="user_id=alice"), CREATED),
        (post(EVENT, ALICE, JSON, query="user_id=alice"), CREATED),
        (post(EVENT, ALICE, ALICE, JSON), CREATED),
        (post(EVENT, ALICE, CHARSET), CREATED),
        (post_batch({"events": [EVENT]}), CREATED),
        (post_batch({"events": [EVENT]}, JSON, query="user_id=alice"), CREATED),
        (get("", ALICE), GOT),
        (get("user_id=alice"), GOT),
        (get("user_id=ann%2Bbob@example.org"), ("get", "ann+bob@example.org", UUID_)),
        (get("", ALICE, event_id=ID.upper()), GOT),
        (day("date=2026-11-23"), LISTED),
        (day("date=2026-11-23&user_id=alice"), LISTED),
        (
            day("date=2026-11-23&tz=Europe%2FMoscow&limit=10&cursor=abc"),
            ("list", "alice", timedelta(days=1), True, "abc", 10),
        ),
        (
            Call("GET", "/v1/events/week", "start=2026-11-23"),
            ("list", "alice", timedelta(days=7), True, None, 1000),
        ),
        (
            Call("GET", "/v1/events/month", "tz=America/New_York&start=2026-01-31"),
            ("list", "alice", timedelta(days=28), True, None, 1000),
        ),
        (
            Call("GET", "/v1/events", "from=2026-11-23T00:00:00Z&to=2026-11-24T00:00:00%2B03:00"),
            ("list", "alice", timedelta(hours=21), True, None, 1000),
        ),
        (send_body("PUT", ONE, EVENT), CHANGED),
        (
            send_body("PUT", ONE, EVENT, ALICE, JSON, (b"if-match", b'"3-a", W/"4-a"')),
            ("change", "alice", UUID_, {"3-a"}),
        ),
        (
            send_body("PUT", ONE, EVENT, ALICE, JSON, (b"if-none-match", b'"3-a", W/"4-a"')),
            ("change", "alice", UUID_, {"5-a"}),
        ),
        (send_body("PATCH", ONE, {"title": "x"}), CHANGED),
        (send_body("PATCH", ONE, {"title": "x"}, ALICE, MERGE_PATCH), CHANGED),
        (Call("DELETE", ONE, "user_id=alice"), ("delete", "alice", UUID_, REVISIONS)),
        (
            Call("DELETE", ONE, "", (ALICE, (b"if-match", b'"3-a"'), (b"if-match", b'"5-a"'))),
            ("delete", "alice", UUID_, {"3-a", "5-a"}),
        ),
        (
            Call("GET", f"{ONE}/occurrences/2026-12-24", "user_id=alice"),
            ("get", "alice", UUID_, date(2026, 12, 24)),
        ),
        (
            Call("DELETE", f"{ONE}/occurrences/2026-12-24"),
            ("exclude", "alice", UUID_, date(2026, 12, 24), REVISIONS),
        ),
        (
            Call("DELETE", ONE, "from=2026-12-24"),
            ("delete", "alice", UUID_, date(2026, 12, 24), REVISIONS),
        ),
        (
            send_body("POST", f"{ONE}/split", {"at": "2026-12-24T09:00:00"}),
            ("split", "alice", UUID_, datetime(2026, 12, 24, 9), REVISIONS),  # noqa: DTZ001
        ),
    ],
    ids=str,
)
async def test_arguments_are_read_from_the_request(call: Call, expected: tuple[Any, ...]) -> None:
    service = RecordingService()
    answer = await call.send(service)
    assert answer.status in {200, 201, 204}, answer.body
    assert service.calls == [expected]


NO_USER = "header.X-User-Id missing"
TWO_USERS = "header.X-User-Id user_conflict"
KEY = (b"idempotency-key", b"one")
BAD_KEY = "header.Idempotency-Key idempotency_key"
BAD_USER = "header.X-User-Id string_pattern_mismatch"


@pytest.mark.parametrize(
    ("call", "errors"),
    [
        (post(EVENT, JSON), [NO_USER]),
        (post(EVENT, ALICE, (b"x-user-id", b"bob"), JSON), [TWO_USERS]),
        (post(EVENT, ALICE, JSON, query="user_id=bob"), [TWO_USERS]),
        (post(EVENT, (b"x-user-id", b"a b"), JSON), [BAD_USER]),
        (post(EVENT, (b"x-user-id", b"\xff"), JSON), [BAD_USER]),
        (post(EVENT, (b"x-user-id", b""), JSON), [BAD_USER]),
        (get("user_id=a+b"), ["query.user_id string_pattern_mismatch"]),
        (get("user_id=alice&user_id=alice"), ["query.user_id repeated"]),
        (get("x", ALICE), ["query.x extra_forbidden"]),
        (get("a=1&b=2&b=3&a=4", ALICE), ["query.a repeated", "query.b repeated"]),
        (get("", ALICE, event_id="nonsense"), ["path.event_id uuid"]),
        (get("", ALICE, event_id=ID.replace("-", "")), ["path.event_id uuid"]),
        (get("", ALICE, event_id=f"{{{ID}}}"), ["path.event_id uuid"]),
        (get("", ALICE, event_id="days"), ["path.event_id uuid"]),
        (day("date=2026-11-23&%C3%A4=%ff"), ["query.\u00e4 extra_forbidden"]),
        (day("date=2026-11-23&limit=0&tz="), ["query.limit limit", "query.tz time_zone"]),
        (day("date=0000-01-01&tz=Asia/Tokyo"), ["query.date date"]),
        (post(EVENT, ALICE, JSON, KEY, (b"idempotency-key", b"two")), [BAD_KEY]),
        (post(EVENT, ALICE, JSON, (b"idempotency-key", b"")), [BAD_KEY]),
        (post_batch({"events": [EVENT]}, ALICE, JSON, KEY), ["header.Idempotency-Key unsupported"]),
        (Call("GET", "/v1/events", "from=2026-11-23T00:00:00Z"), ["query.to missing"]),
        (post(b""), ["body missing"]),
        (post(b"{"), ["body json_invalid"]),
        (post(b"\xff\xfe"), ["body json_invalid"]),
        (post(b'{"title": "a", "title": "b"}'), ["body json_invalid"]),
        (post([EVENT]), ["body model_attributes_type"]),
        (post({**EVENT, "colour": "red"}), ["body.colour extra_forbidden"]),
        (post_batch({"events": []}), ["body.events too_short"]),
        (
            post_batch({"events": [EVENT, {**EVENT, "starts_at": "soon"}]}),
            ["body.events.1.starts_at date_time"],
        ),
        (send_body("PATCH", ONE, {"id": ID.replace("0", "1")}), ["body.id immutable"]),
    ],
    ids=str,
)
async def test_invalid_part_is_named(call: Call, errors: list[str]) -> None:
    service = RecordingService()
    assert (await call.send(service)).errors() == errors
    assert service.calls == []


async def test_user_with_a_plus_in_a_url_is_told_how_to_write_it() -> None:
    answer = await get("user_id=ann+work@example.org").send()
    (error,) = json.loads(answer.body)["errors"]
    assert error["loc"] == ["query", "user_id"]
    assert "in a URL, `+` is written %2B" in error["msg"]
    assert "^" not in error["msg"]  # no regular expression


@pytest.mark.parametrize(
    ("call", "errors"),
    [
        (
            send_body("PUT", "/v1/events/x", {**EVENT, "title": ""}, JSON, query="colour=red"),
            [
                NO_USER,
                "path.event_id uuid",
                "query.colour extra_forbidden",
                "body.title string_too_short",
            ],
        ),
        (
            post_batch({"events": [{**EVENT, "title": ""}]}, JSON, query="x=1&x=2"),
            [NO_USER, "query.x repeated", "body.events.0.title string_too_short"],
        ),
        (post(b"{", JSON, query="x=1"), [NO_USER, "query.x extra_forbidden", "body json_invalid"]),
    ],
)
async def test_errors_of_all_parts_are_reported_together(call: Call, errors: list[str]) -> None:
    assert (await call.send()).errors() == errors


async def test_first_100_errors_are_reported() -> None:
    answer = await post_batch({"events": [{}] * 200}, JSON).send()
    assert answer.errors()[:2] == [NO_USER, "body.events.0.title missing"]
    assert len(answer.errors()) == 100
    assert json.loads(answer.body)["detail"].endswith("(only the first 100 errors are listed)")


@pytest.mark.parametrize(
    "content_type",
    [
        b"",
        b"text/plain",
        b"application/jsonx",
        b"application/json; charset=latin-1",
        b"application/json, text/plain",
        b"application/merge-patch+json",
        b"\xff",
    ],
)
@pytest.mark.parametrize("path", ["/v1/events", "/v1/events/batch"])
async def test_body_of_another_type_is_refused(path: str, content_type: bytes) -> None:
    answer = await send_body("POST", path, EVENT, ALICE, (b"content-type", content_type)).send()
    assert answer.status == 415


PATHS = [
    ("/v1/events/day", "GET, HEAD, OPTIONS"),
    ("/v1/events/week", "GET, HEAD, OPTIONS"),
    ("/v1/events/month", "GET, HEAD, OPTIONS"),
    ("/v1/events/batch", "OPTIONS, POST"),
    ("/v1/events", "GET, HEAD, OPTIONS, POST"),
    (ONE, "DELETE, GET, HEAD, OPTIONS, PATCH, PUT"),
    (f"{ONE}/occurrences/2026-12-24", "DELETE, GET, HEAD, OPTIONS, PATCH"),
    (f"{ONE}/split", "OPTIONS, POST"),
]


@pytest.mark.parametrize(("path", "allowed"), PATHS)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"])
async def test_wrong_method_is_405_with_the_methods_of_the_path(
    method: str, path: str, allowed: str
) -> None:
    answer = await Call(method, path).send()
    assert (answer.status == 405) is (method not in allowed)
    assert answer.headers.get("allow", allowed) == allowed


@pytest.mark.parametrize(("path", "allowed"), PATHS)
async def test_options_are_the_methods_of_the_path(path: str, allowed: str) -> None:
    answer = await Call("OPTIONS", path).send()
    assert (answer.status, answer.body, answer.headers) == (204, b"", {"allow": allowed})


@pytest.mark.parametrize("path", ["/v1/nowhere", f"{ONE}/", "/v1/events/", "/v1/events/day/"])
async def test_unknown_path_is_404(path: str) -> None:
    assert (await Call("GET", path).send()).status == 404


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (EventNotFound(), 404),
        (EventConflict([UUID_]), 409),
        (VersionMismatch("7-a", "it is not in If-Match"), 412),
        (DatabaseUnavailable("away"), 503),
        (ConnectionLost("lost"), 503),
    ],
)
@pytest.mark.parametrize("call", [post(EVENT), get("", ALICE), day("date=2026-11-23")], ids=str)
async def test_error_of_the_service_is_a_problem(call: Call, error: Exception, status: int) -> None:
    answer = await call.send(RecordingService(error))
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_unexpected_error_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        await post(EVENT).send(RecordingService(ZeroDivisionError()))


async def test_known_version_is_304() -> None:
    answer = await get("", ALICE, (b"if-none-match", b'W/"3-a", "\xff"')).send()
    assert (answer.status, answer.headers["etag"], answer.body) == (304, '"3-a"', b"")
