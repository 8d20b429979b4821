"""Drives one connection of the server with bytes, read by read, without a socket."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from calendar_api.web.connection_limits import ConnectionLimits
from calendar_api.web.uvicorn_internals import http_protocol

SECONDS = 30


class MemoryTransport(asyncio.Transport):
    """Keeps what is written. A reader that is paused gets nothing, as with a socket."""

    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()
        self.is_paused = False
        self._is_closing = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self._is_closing:  # As a socket's transport has it.
            self.written += data

    def get_write_buffer_size(self) -> int:
        return 0

    def pause_reading(self) -> None:
        self.is_paused = True

    def resume_reading(self) -> None:
        self.is_paused = False

    def is_closing(self) -> bool:
        return self._is_closing

    def close(self) -> None:
        self._is_closing = True

    def abort(self) -> None:
        self.close()


@dataclass
class Exchange:
    """What the application got of a connection, and the client of the application."""

    requests: list[dict[str, Any]] = field(default_factory=list)
    responses: bytes = b""
    is_closed: bool = False

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        body = await request.body()
        seen = {
            "method": scope["method"],
            "path": scope["path"],
            "user": request.headers.getlist("x-user-id"),
            "length": len(body),
            "body": body[:100].decode("latin-1"),
        }
        self.requests.append(seen)
        await JSONResponse(seen)(scope, receive, send)

    def statuses(self) -> list[int]:
        lines = self.responses.split(b"HTTP/1.1 ")[1:]
        return [int(line[:3]) for line in lines]

    def paths(self) -> list[str]:
        return [request["path"] for request in self.requests]


async def exchange(reads: Iterable[bytes]) -> Exchange:
    """All that happens when these bytes arrive, in these reads."""
    result = Exchange()
    config = uvicorn.Config(
        result.serve,
        http=http_protocol(ConnectionLimits()),
        interface="asgi3",
        proxy_headers=False,
        lifespan="off",
        log_config=None,
        ws="none",
    )
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    make_protocol: Any = config.http_protocol_class
    protocol = make_protocol(config=config, server_state=state, app_state={}, _loop=loop)
    transport = MemoryTransport()
    protocol.connection_made(transport)
    async with asyncio.timeout(SECONDS):
        for data in reads:
            while transport.is_paused:  # noqa: ASYNC110 - uvicorn has no event for it
                await asyncio.sleep(0)
            if transport.is_closing():
                break
            protocol.data_received(data)
        # Whatever waits for more of its body never gets it.
        while state.tasks and not _awaits_client(protocol):  # noqa: ASYNC110
            await asyncio.sleep(0)
    result.is_closed = transport.is_closing()
    protocol.connection_lost(None)
    await asyncio.gather(*state.tasks, return_exceptions=True)
    result.responses = bytes(transport.written)
    return result


def _awaits_client(protocol: Any) -> bool:
    cycle = protocol.cycle
    return bool(cycle.more_body and not protocol.pipeline)


def splits(sent: bytes) -> Iterable[list[bytes]]:
    """All ways to receive these bytes in two reads; and byte by byte."""
    yield [sent]
    yield [bytes([byte]) for byte in sent]
    for at in range(1, len(sent)):
        yield [sent[:at], sent[at:]]
