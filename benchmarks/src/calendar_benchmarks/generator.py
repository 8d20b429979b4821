"""Sends a load in a process of its own: `python -m calendar_benchmarks.generator SECONDS`.

Reads the load as JSON from STDIN and writes the outcome to STDOUT. It shares the cores with what it
measures, so it is small: one protocol, prepared bytes, and almost no parsing of responses.
"""

import asyncio
import itertools
import json
import re
import statistics
import sys
import time
from dataclasses import asdict
from typing import Final, cast

import uvloop

from calendar_benchmarks.load import Load, LoadError, Outcome
from calendar_local.ports import HOST

_HEAD_END: Final = b"\r\n\r\n"
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)

DRAIN_TIMEOUT_SECONDS: Final = 60.0
"""For the last responses."""


class Traffic:
    """What all connections share: the requests, the time, and the latencies."""

    def __init__(self, load: Load, *, seconds: float) -> None:
        self.requests = itertools.cycle([each.encode() for each in load.requests])
        self.status = str(load.status).encode()
        self.latencies: list[float] = []
        loop = asyncio.get_running_loop()
        # asyncio only logs what a protocol raises, and the load would never end.
        loop.set_exception_handler(lambda _, context: self.fail(repr(context)))
        self.ended: asyncio.Future[None] = loop.create_future()
        self.began = time.perf_counter()
        self.until = self.began + seconds
        self._open = load.connections

    def close_one(self) -> None:
        """One connection is done. The load ends with the last."""
        self._open -= 1
        if self._open == 0 and not self.ended.done():
            self.ended.set_result(None)

    def fail(self, reason: str) -> None:
        """Ends the load at once."""
        if not self.ended.done():
            self.ended.set_exception(LoadError(reason))


class Connection(asyncio.Protocol):
    """Sends a request, waits for the response, sends the next."""

    def __init__(self, traffic: Traffic) -> None:
        self._traffic = traffic
        self._head = b""
        self._missing = 0
        """Bytes of the body that have not arrived."""
        self._sent_at = 0.0
        """Of the request that has no response yet; else 0."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Sends the first request."""
        self._transport = cast("asyncio.Transport", transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        """Checks the head and counts the body."""
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
            self._complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Fails if a response is missing."""
        if self._sent_at:
            self._traffic.fail(f"a connection ended before the response: {exc}")

    def _send(self) -> None:
        self._sent_at = time.perf_counter()
        self._transport.write(next(self._traffic.requests))

    def _body_length(self) -> int:
        length = _LENGTH.search(self._head)
        if self._head[9:12] != self._traffic.status or length is None:
            self._traffic.fail(f"not the response expected:\n{self._head.decode(errors='replace')}")
            return 0
        return int(length[1])

    def _complete(self) -> None:
        now = time.perf_counter()
        self._traffic.latencies.append(now - self._sent_at)
        if now < self._traffic.until:
            self._send()
            return
        self._sent_at = 0.0
        self._transport.close()
        self._traffic.close_one()


async def send(load: Load, *, seconds: float) -> Outcome:
    """Sends for some seconds, and waits for the last responses.

    Raises:
        LoadError: a response has an unexpected status or is missing.
    """
    traffic = Traffic(load, seconds=seconds)
    loop = asyncio.get_running_loop()
    try:
        for _ in range(load.connections):
            await loop.create_connection(lambda: Connection(traffic), HOST, load.port)
        await asyncio.wait_for(traffic.ended, seconds + DRAIN_TIMEOUT_SECONDS)
    except TimeoutError:
        raise LoadError(f"no response within {DRAIN_TIMEOUT_SECONDS:g} s") from None
    except OSError as error:
        raise LoadError(f"no connection: {error}") from None
    return Outcome(
        rate=len(traffic.latencies) / (time.perf_counter() - traffic.began),
        median_ms=statistics.median(traffic.latencies) * 1000,
    )


def main() -> None:
    """Exit code 1 if a response was not as expected; STDERR shows it."""
    load = Load(**json.load(sys.stdin))
    try:
        outcome = uvloop.run(send(load, seconds=float(sys.argv[1])))
    except LoadError as error:
        sys.exit(str(error))
    json.dump(asdict(outcome), sys.stdout)


if __name__ == "__main__":
    main()
