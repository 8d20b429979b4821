"""Sends a load in a process of its own: `python -m calendar_benchmarks.generator SECONDS`.

The load is JSON on STDIN, the outcome JSON on STDOUT. Small and quick, because it shares the cores
with what it measures: one protocol, prepared bytes, answers that are hardly looked at.
"""

import asyncio
import itertools
import json
import re
import statistics
import sys
import time
from dataclasses import asdict
from typing import Any, Final, cast
from uuid import uuid4

import uvloop

from calendar_benchmarks.load import UNIQUE, Load, LoadError, Outcome
from calendar_local.ports import HOST

_HEAD_END: Final = b"\r\n\r\n"
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CLOSES: Final = re.compile(rb"^HTTP/1\.0|\r\nconnection: *close", re.IGNORECASE)
_UNIQUE: Final = UNIQUE.encode()

DRAIN_SECONDS: Final = 60.0
"""For the last answers."""


class Traffic:
    """What all connections share: the requests, the time, and what came of them."""

    def __init__(self, load: Load, *, seconds: float) -> None:
        self.requests = itertools.cycle([each.encode() for each in load.requests])
        self.status = str(load.status).encode()
        self.latencies: list[float] = []
        loop = asyncio.get_running_loop()
        # What a protocol raises would only be logged, and the load wait for ever.
        loop.set_exception_handler(lambda _, context: self.fail(repr(context)))
        self.ended: asyncio.Future[None] = loop.create_future()
        self.began = time.perf_counter()
        self.until = self.began + seconds
        self._port = load.port
        self._open = load.connections
        self._connecting: set[asyncio.Task[Any]] = set()

    def connect(self) -> None:
        """Opens a connection, which begins to send by itself."""
        loop = asyncio.get_running_loop()
        task = loop.create_task(loop.create_connection(lambda: Connection(self), HOST, self._port))
        self._connecting.add(task)
        task.add_done_callback(self._connected)

    def _connected(self, task: asyncio.Task[Any]) -> None:
        self._connecting.discard(task)
        if error := task.exception():
            self.fail(f"no connection could be made: {error}")

    def close_one(self) -> None:
        """A connection has its last answer; with the last one all is done."""
        self._open -= 1
        if self._open == 0 and not self.ended.done():
            self.ended.set_result(None)

    def fail(self, reason: str) -> None:
        """Ends the load at once."""
        if not self.ended.done():
            self.ended.set_exception(LoadError(reason))


class Connection(asyncio.Protocol):
    """Sends a request, waits for its answer, sends the next."""

    def __init__(self, traffic: Traffic) -> None:
        self._traffic = traffic
        self._head = b""
        self._missing = 0
        """Bytes of an answer whose head is here."""
        self._sent = 0.0
        """When the request was that has no answer yet; else 0."""
        self._server_closes = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begins."""
        self._transport = cast("asyncio.Transport", transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        """Checks the head, counts the body."""
        if self._missing:
            self._missing -= len(data)
        else:
            self._head += data
            end = self._head.find(_HEAD_END)
            if end < 0:
                return
            self._missing = self._body_length() - (len(self._head) - end - len(_HEAD_END))
            self._head = b""
        if self._missing == 0:
            self._answered()

    def connection_lost(self, exc: Exception | None) -> None:
        """An error, unless the answer is here."""
        if self._sent:
            self._traffic.fail(f"a connection ended before the answer: {exc}")

    def _send(self) -> None:
        data = next(self._traffic.requests)
        if _UNIQUE in data:
            data = data.replace(_UNIQUE, uuid4().hex.encode())
        self._sent = time.perf_counter()
        self._transport.write(data)

    def _body_length(self) -> int:
        length = _LENGTH.search(self._head)
        if self._head[9:12] != self._traffic.status or length is None:
            self._traffic.fail(f"not the answer expected:\n{self._head.decode(errors='replace')}")
            return 0
        self._server_closes = _CLOSES.search(self._head) is not None
        return int(length[1])

    def _answered(self) -> None:
        now = time.perf_counter()
        self._traffic.latencies.append(now - self._sent)
        if now < self._traffic.until and not self._server_closes:
            self._send()
            return
        self._sent = 0.0
        self._transport.close()
        if now < self._traffic.until:
            self._traffic.connect()
        else:
            self._traffic.close_one()


async def send(load: Load, *, seconds: float) -> Outcome:
    """Sends for so many seconds, and waits for the last answers.

    Raises:
        LoadError: an answer has another status than it should, or there is none.
    """
    traffic = Traffic(load, seconds=seconds)
    for _ in range(load.connections):
        traffic.connect()
    try:
        await asyncio.wait_for(traffic.ended, seconds + DRAIN_SECONDS)
    except TimeoutError:
        raise LoadError(
            f"answers were missing {DRAIN_SECONDS:g} s after the last request"
        ) from None
    return Outcome(
        rate=len(traffic.latencies) / (time.perf_counter() - traffic.began),
        median_ms=statistics.median(traffic.latencies) * 1000,
    )


def main() -> None:
    """Exit code 1 where an answer was not as it should be; STDERR says why."""
    load = Load(**json.load(sys.stdin))
    try:
        outcome = uvloop.run(send(load, seconds=float(sys.argv[1])))
    except LoadError as error:
        sys.exit(str(error))
    json.dump(asdict(outcome), sys.stdout)


if __name__ == "__main__":
    main()
