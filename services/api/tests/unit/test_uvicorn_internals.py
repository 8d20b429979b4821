"""What `uvicorn_internals` relies on. On a failure read the new uvicorn, then adapt the module."""

import asyncio
import hashlib
import inspect
from typing import Any

import httptools
import pytest
from tests.unit.wire import MemoryTransport
from uvicorn import Config
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

OVERRIDDEN = {
    "connection_made": ["self", "transport"],
    "connection_lost": ["self", "exc"],
    "data_received": ["self", "data"],
    "pause_writing": ["self"],
    "resume_writing": ["self"],
    "on_message_begin": ["self"],
    "on_header": ["self", "name", "value"],
    "on_headers_complete": ["self"],
    "on_body": ["self", "body"],
    "on_message_complete": ["self"],
    "on_response_complete": ["self"],
    "_start_asgi_task": ["self", "cycle", "app"],
    "_unset_keepalive_if_required": ["self"],
}


@pytest.mark.parametrize("name", OVERRIDDEN)
def test_methods_are_those_that_are_overridden_and_called(name: str) -> None:
    parameters = inspect.signature(getattr(HttpToolsProtocol, name)).parameters
    assert list(parameters) == OVERRIDDEN[name]


@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("__init__", "4f08999410347141"),  # how it makes its parser, as `_new_parser` does
        ("data_received", "010a7ae59a5d3b1a"),  # replaced altogether
    ],
)
def test_source_that_is_repeated_is_unchanged(name: str, digest: str) -> None:
    source = inspect.getsource(getattr(HttpToolsProtocol, name))
    assert hashlib.sha256(source.encode()).hexdigest()[:16] == digest


async def test_state_is_where_it_is_read() -> None:
    async def app(_scope: Any, _receive: Any, _send: Any) -> None:
        await asyncio.Event().wait()

    config = Config(app, interface="asgi3", lifespan="off", log_config=None)
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    protocol: Any = HttpToolsProtocol(config, state, {}, loop)
    assert vars(protocol)["cycle"] is None
    protocol.connection_made(MemoryTransport())
    assert isinstance(protocol.flow, FlowControl)
    assert protocol.flow.write_paused is False
    assert inspect.iscoroutinefunction(protocol.flow.drain)
    protocol.data_received(b"POST /path HTTP/1.1\r\nA: b\r\nContent-Length: 2\r\n\r\n")
    cycle = protocol.cycle
    assert cycle.more_body
    assert not cycle.response_started
    assert not cycle.response_complete
    assert not cycle.disconnected
    assert isinstance(cycle.message_event, asyncio.Event)
    assert protocol.url == b"/path"
    assert protocol.headers == [(b"a", b"b"), (b"content-length", b"2")]
    assert protocol.scope["headers"] is protocol.headers
    protocol.data_received(b"hi")
    assert not cycle.more_body
    protocol.data_received(b"GET /next HTTP/1.1\r\n\r\n")
    assert [waiting for waiting, _ in protocol.pipeline] == [protocol.cycle]
    protocol.connection_lost(None)
    [task] = state.tasks
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def test_parser_stops_after_the_headers_of_an_offer() -> None:
    class Calls:
        def __init__(self) -> None:
            self.complete: list[bool] = []

        def on_headers_complete(self) -> None:
            self.complete.append(parser.should_upgrade())

        def on_message_complete(self) -> None:
            self.complete.append(parser.should_upgrade())

    head = b"PUT / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\n"
    calls = Calls()
    parser = httptools.HttpRequestParser(calls)
    with pytest.raises(httptools.HttpParserUpgrade) as offer:
        parser.feed_data(memoryview(head + b"hi"))
    assert offer.value.args == (len(head),)
    assert calls.complete == [True, True]
    assert (parser.get_method(), parser.get_http_version()) == (b"PUT", "1.1")
