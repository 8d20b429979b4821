"""The middlewares: request IDs, the access log, unexpected errors, limits."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import structlog
from prometheus_client import CollectorRegistry
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.testing import capture_logs

from calendar_api.events.batch_reader import BATCH_PATH, MAX_BATCH_BODY
from calendar_api.web import bodies, middleware
from calendar_api.web.application import middlewares

Headers = Sequence[tuple[bytes, bytes]]
MIB = 1024 * 1024


@pytest.fixture(autouse=True)
def _own_log_context() -> None:
    structlog.contextvars.clear_contextvars()


@dataclass
class Client:
    """Sends one request and keeps the response."""

    messages: Sequence[Message | float]
    """What it sends; a number is a pause in seconds. After the last it sends nothing."""

    path: str = "/v1/events"
    headers: Headers = ()
    method: str = "POST"
    received: list[Message] = field(default_factory=list)

    @property
    def scope(self) -> Scope:
        return {
            "type": "http",
            "method": self.method,
            "path": self.path,
            "raw_path": self.path.encode(),
            "headers": [*self.headers, (b"transfer-encoding", b"chunked")],
        }

    async def call(self, app: ASGIApp) -> None:
        sent = self._sent()

        async def receive() -> Message:
            return await anext(sent)

        async def send(message: Message) -> None:
            self.received.append(message)

        await app(self.scope, receive, send)

    async def _sent(self) -> AsyncIterator[Message]:
        for message in self.messages:
            if isinstance(message, float):
                await asyncio.sleep(message)
            else:
                yield message
        await asyncio.Event().wait()

    @property
    def status(self) -> int:
        (start,) = [m for m in self.received if m["type"] == "http.response.start"]
        status: int = start["status"]
        return status

    def header(self, name: bytes) -> str:
        (value,) = [v for n, v in self.received[0]["headers"] if n.lower() == name]
        return str(value.decode())

    @property
    def problem(self) -> Any:
        assert self.header(b"content-type") == "application/problem+json"
        return json.loads(b"".join(m.get("body", b"") for m in self.received[1:]))


def part(body: bytes, *, more: bool = False) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


async def read_all(scope: Scope, receive: Receive, send: Send) -> None:
    body = await Request(scope, receive).body()
    await Response(str(len(body)))(scope, receive, send)


def wrap(app: ASGIApp, registry: CollectorRegistry | None = None) -> ASGIApp:
    surroundings = middlewares(
        registry or CollectorRegistry(), body_limits={BATCH_PATH: MAX_BATCH_BODY}
    )
    for cls, args, kwargs in reversed(surroundings):
        app = cls(app, *args, **kwargs)
    return app


async def call(app: ASGIApp, client: Client) -> Client:
    await client.call(wrap(app))
    return client


def content_length(length: int) -> Headers:
    return [(b"content-length", str(length).encode())]


async def test_body_arrives_in_one_piece() -> None:
    client = await call(read_all, Client([part(b"ab", more=True), part(b"c")]))
    assert client.status == 200
    assert client.received[1]["body"] == b"3"


async def test_other_protocols_are_passed_on() -> None:
    seen: list[Scope] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope)

    async def unused(*_: Any) -> Any:
        raise AssertionError

    await wrap(app)({"type": "lifespan"}, unused, unused)
    assert seen == [{"type": "lifespan"}]


async def test_request_without_body_is_served_without_receiving() -> None:
    async def app(scope: Scope, _receive: Receive, send: Send) -> None:
        await Response("done")(scope, _receive, send)

    client = Client([])
    scope = {**client.scope, "method": "GET", "headers": []}

    async def silent() -> Message:
        raise AssertionError

    async def send(message: Message) -> None:
        client.received.append(message)

    await wrap(app)(scope, silent, send)
    assert client.status == 200


@pytest.mark.parametrize(
    ("path", "limit"), [("/v1/events", MIB), ("/v1/events/x", MIB), ("/v1/events/batch", 16 * MIB)]
)
async def test_body_up_to_the_limit_is_read(path: str, limit: int) -> None:
    body = bytes(limit)
    client = await call(read_all, Client([part(body)], path, content_length(limit)))
    assert client.status == 200


@pytest.mark.parametrize(("path", "limit"), [("/v1/events", MIB), ("/v1/events/batch", 16 * MIB)])
async def test_body_with_too_large_content_length_is_refused_unread(
    monkeypatch: pytest.MonkeyPatch, path: str, limit: int
) -> None:
    monkeypatch.setattr(bodies, "DISCARD_SECONDS", 0.05)
    client = await call(read_all, Client([], path, content_length(limit + 1)))
    assert client.status == 413
    assert client.header(b"connection") == "close"
    assert client.problem["type"] == "urn:calendar:problem:content-too-large"
    assert str(limit) in client.problem["detail"]


@pytest.mark.parametrize(("path", "limit"), [("/v1/events", MIB), ("/v1/events/batch", 16 * MIB)])
async def test_chunked_body_over_the_limit_is_refused(
    monkeypatch: pytest.MonkeyPatch, path: str, limit: int
) -> None:
    monkeypatch.setattr(bodies, "DISCARD_SECONDS", 0.05)
    piece = bytes(limit // 2)
    pieces = [part(piece, more=True), part(piece, more=True), part(b"1", more=True)]
    client = await call(read_all, Client(pieces, path))
    assert client.status == 413
    assert client.header(b"connection") == "close"


async def test_refused_body_that_is_complete_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bodies, "DISCARD_SECONDS", 3600)
    monkeypatch.setattr(bodies, "MAX_BUFFERED", 3 * MIB)
    async with asyncio.timeout(60):
        too_large = await call(read_all, Client([part(bytes(MIB), more=True), part(b"1")]))
        too_many = await call(read_all, Client([part(bytes(4 * MIB))], BATCH_PATH))
    assert (too_large.status, too_many.status) == (413, 503)


async def test_body_that_does_not_end_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.05)
    client = await call(read_all, Client([part(b"{", more=True)]))
    assert client.status == 408
    assert client.problem["type"] == "urn:calendar:problem:request-timeout"
    assert client.header(b"connection") == "close"


async def test_body_that_trickles_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.05)
    # Each pause is shorter than the limit, their sum is longer.
    trickle: list[Message | float] = [part(b".", more=True), 0.02] * 10
    client = await call(read_all, Client([*trickle, part(b"")]))
    assert client.status == 408


async def test_time_limit_for_the_body_does_not_limit_the_application(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.02)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await Request(scope, receive).body()
        with pytest.raises(TimeoutError):
            # As the framework may wait for a disconnect.
            await asyncio.wait_for(receive(), 0.1)
        await Response("done")(scope, receive, send)

    client = await call(app, Client([part(b"{}")]))
    assert client.status == 200


async def test_requests_over_the_in_flight_limit_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(middleware, "MAX_IN_FLIGHT", 2)
    release = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await release.wait()
        await Response("done")(scope, receive, send)

    wrapped = wrap(app)
    clients = [Client([part(b"")]) for _ in range(3)]
    async with asyncio.TaskGroup() as tasks:
        for client in clients[:2]:
            tasks.create_task(client.call(wrapped))
        await asyncio.sleep(0)
        await clients[2].call(wrapped)
        assert clients[2].status == 503
        assert clients[2].header(b"retry-after") == "1"
        probe = Client([part(b"")], "/healthz")
        tasks.create_task(probe.call(wrapped))
        release.set()
    assert [client.status for client in [*clients[:2], probe]] == [200, 200, 200]

    late = Client([part(b"")])
    await late.call(wrapped)
    assert late.status == 200


async def test_failed_request_is_no_longer_in_flight(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(middleware, "MAX_IN_FLIGHT", 2)
    is_broken = True

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if is_broken:
            raise ZeroDivisionError
        await Response("done")(scope, receive, send)

    wrapped = wrap(app)
    failing = [Client([part(b"")]) for _ in range(3)]
    for client in failing:
        await client.call(wrapped)
    assert [client.status for client in failing] == [500, 500, 500]
    is_broken = False
    late = Client([part(b"")])
    await late.call(wrapped)
    assert late.status == 200


GONE: Message = {"type": "http.disconnect"}


@pytest.mark.parametrize(
    "last_messages",
    [
        pytest.param([part(b"")], id="complete"),
        pytest.param([part(bytes(MIB), more=True)], id="too large"),
        pytest.param([3600.0], id="too slow"),
        pytest.param([GONE], id="disconnected"),
    ],
)
async def test_body_no_longer_counts_after_its_request(
    last_messages: list[Message | float], monkeypatch: pytest.MonkeyPatch
) -> None:
    body = bytes(MIB)
    monkeypatch.setattr(bodies, "MAX_BUFFERED", 2 * MIB)
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.01 if last_messages == [3600.0] else 3600)
    monkeypatch.setattr(bodies, "DISCARD_SECONDS", 0)
    wrapped = wrap(read_all)
    for _ in range(10):
        await Client([part(body, more=True), *last_messages]).call(wrapped)
    monkeypatch.setattr(bodies, "BODY_SECONDS", 3600)
    last = [Client([part(body)]) for _ in range(10)]
    for client in last:
        await client.call(wrapped)
    assert [client.status for client in last] == [200] * 10


async def test_body_no_longer_counts_while_its_rest_is_discarded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bodies, "MAX_BUFFERED", 2 * MIB)
    monkeypatch.setattr(bodies, "DISCARD_SECONDS", 3600)
    wrapped = wrap(read_all)
    refused = Client([part(bytes(3 * MIB), more=True)], BATCH_PATH)
    discarding = asyncio.create_task(refused.call(wrapped))
    async with asyncio.timeout(60):
        while not refused.received:  # noqa: ASYNC110 - the client only records
            await asyncio.sleep(0)
    other = Client([part(bytes(MIB))])
    await other.call(wrapped)
    assert (refused.status, other.status) == (503, 200)
    discarding.cancel()


async def test_body_no_longer_counts_after_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bodies, "MAX_BUFFERED", 2 * MIB)

    async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise ZeroDivisionError

    wrapped = wrap(app)
    clients = [Client([part(bytes(MIB))]) for _ in range(10)]
    for client in clients:
        await client.call(wrapped)
    assert [client.status for client in clients] == [500] * 10


@pytest.mark.parametrize("valid", ["a", "0b7e-11/x", "x" * 128, "A._~+/=:@-9"])
async def test_valid_request_id_is_kept(valid: str) -> None:
    headers = [(b"x-request-id", valid.encode())]
    client = await call(read_all, Client([part(b"")], headers=headers))
    assert client.header(b"x-request-id") == valid


@pytest.mark.parametrize(
    "value", [b"", b" ", b"x" * 129, b"a b", b"a\r\nb: c", b"\xff", b"a\0", b"<b>", b'"']
)
async def test_invalid_request_id_is_replaced(value: bytes) -> None:
    headers = [(b"x-request-id", value)]
    client = await call(read_all, Client([part(b"")], headers=headers))
    given = client.header(b"x-request-id")
    assert len(given) == 32
    assert given.isalnum()


async def test_each_request_gets_its_own_id() -> None:
    clients = [await call(read_all, Client([part(b"")])) for _ in range(2)]
    assert len({client.header(b"x-request-id") for client in clients}) == 2


async def test_unexpected_error_is_answered_and_logged() -> None:
    async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise ZeroDivisionError("sesame")

    with capture_logs() as lines:
        client = await call(app, Client([part(b"")]))
    assert client.status == 500
    assert "sesame" not in json.dumps(client.problem)
    assert client.problem["request_id"] == client.header(b"x-request-id")
    fault, access = lines
    assert (fault["event"], fault["log_level"]) == ("request_failed", "error")
    assert (access["event"], access["status"]) == ("request", 500)


async def test_unexpected_error_after_the_start_of_a_response_is_raised() -> None:
    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})
        raise ZeroDivisionError

    client = Client([part(b"")])
    with pytest.raises(ZeroDivisionError):
        await client.call(wrap(app))
    assert client.status == 200


async def test_client_that_disconnects_counts_as_499() -> None:
    gone: Message = {"type": "http.disconnect"}
    registry = CollectorRegistry()
    client = Client([part(b"{", more=True), gone])
    with capture_logs() as lines:
        await client.call(wrap(read_all, registry))
    assert client.received == []
    (access,) = lines
    assert (access["event"], access["log_level"], access["status"]) == ("request", "info", 499)
    assert _statuses(registry) == ["499"]


async def test_request_that_is_cancelled_without_a_response_counts_as_500() -> None:
    async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise asyncio.CancelledError  # As uvicorn does when a stop takes too long.

    registry = CollectorRegistry()
    with capture_logs() as lines, pytest.raises(asyncio.CancelledError):
        await Client([part(b"")]).call(wrap(app, registry))
    assert [line["status"] for line in lines] == [500]
    assert _statuses(registry) == ["500"]


def _statuses(registry: CollectorRegistry) -> list[str]:
    samples = [sample for family in registry.collect() for sample in family.samples]
    return [s.labels["status"] for s in samples if s.name == "http_requests_total"]


async def test_request_is_logged() -> None:
    with capture_logs() as lines:
        await call(read_all, Client([part(b"")], path="/v1/events/" + "x" * 1_000))
    (line,) = lines
    assert line["event"] == "request"
    assert (line["method"], line["status"]) == ("POST", 200)
    assert len(line["path"]) == 200
    assert line["duration_ms"] >= 0


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
async def test_probes_are_logged_at_debug(path: str) -> None:
    with capture_logs() as lines:
        await call(read_all, Client([part(b"")], path))
    assert [line["log_level"] for line in lines] == ["debug"]


async def test_head_is_answered_as_get() -> None:
    seen = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["method"])
        await read_all(scope, receive, send)

    client = Client([part(b"")], method="HEAD")
    scope = client.scope
    methods_when_sent = []

    async def receive() -> Message:
        return part(b"")

    async def send(_message: Message) -> None:
        methods_when_sent.append(scope["method"])

    with capture_logs() as lines:
        await wrap(app)(scope, receive, send)
    assert seen == ["GET"]
    assert methods_when_sent == ["HEAD", "HEAD"]  # The server leaves out the body by it.
    assert [line["method"] for line in lines] == ["HEAD"]


async def test_head_that_fails_is_still_a_head() -> None:
    async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise ZeroDivisionError

    with capture_logs() as lines:
        client = await call(app, Client([part(b"")], method="HEAD"))
    assert client.status == 500
    assert lines[-1]["method"] == "HEAD"


async def fail(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise ZeroDivisionError


@pytest.mark.parametrize(
    ("app", "headers", "status"),
    [
        (read_all, [], 200),
        (fail, [], 500),
        (read_all, content_length(2 * MIB), 413),
    ],
)
async def test_every_response_is_private_and_varies(
    app: ASGIApp, headers: Headers, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "DISCARD_SECONDS", 0)
    client = await call(app, Client([part(b"")], headers=headers))
    assert client.status == status
    assert client.header(b"cache-control") == "private, no-cache"
    assert client.header(b"vary") == "X-User-Id, Accept-Encoding"
