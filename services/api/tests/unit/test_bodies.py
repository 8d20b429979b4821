"""Request bodies: large ones take turns, refused ones are not kept in memory."""

import asyncio
import gc
import tracemalloc
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from starlette.types import Message

from calendar_api.events import endpoints as routes
from calendar_api.web import route
from calendar_api.web.handlers import HANDLERS
from calendar_api.web.strict_json import parse_document

MIB = 1024 * 1024


@pytest.fixture
def app() -> FastAPI:
    app = FastAPI(exception_handlers=HANDLERS)
    app.router.routes += routes.router.routes
    return app


@pytest.fixture
def _no_garbage_collection() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


async def post(app: FastAPI, path: str, body: bytes) -> int:
    """The status of the answer."""
    answer: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        answer.append(message)

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"content-type", b"application/json"), (b"x-user-id", b"alice")],
        "state": {"service": None},
        "request_id": "r",
    }
    await app(scope, receive, send)
    status: int = answer[0]["status"]
    return status


@pytest.mark.usefixtures("_no_garbage_collection")
@pytest.mark.parametrize("path", ["/v1/events", "/v1/events/batch"])
@pytest.mark.parametrize(
    "start", [b"{", b'{"events":[', b'{"events":[{}', b'{"title":1}', b'{"a":1}']
)
async def test_refused_body_is_not_kept(app: FastAPI, path: str, start: bytes) -> None:
    assert await post(app, path, start) == 422
    tracemalloc.start()
    try:
        for _ in range(10):
            assert await post(app, path, start + b" " * MIB) == 422
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 2 * MIB


@pytest.mark.parametrize("path", ["/v1/events", "/v1/events/batch"])
async def test_large_bodies_are_parsed_in_different_iterations_of_the_loop(
    app: FastAPI, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    iteration = 0
    read_in: list[int] = []

    async def count_iterations() -> None:
        nonlocal iteration
        while True:
            await asyncio.sleep(0)
            iteration += 1

    def recording(text: bytes) -> object:
        read_in.append(iteration)
        return parse_document(text)

    for module in ("web.route", "events.batch_reader"):
        monkeypatch.setattr(f"calendar_api.{module}.parse_document", recording)
    other = asyncio.create_task(count_iterations())
    body = b"[" + b" " * route.LARGE + b"]"
    statuses = await asyncio.gather(*(post(app, path, body) for _ in range(5)))
    other.cancel()
    assert statuses == [422] * 5
    assert len(set(read_in)) == 5
