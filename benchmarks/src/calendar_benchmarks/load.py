"""HTTP load. `generator` sends it, in a process of its own."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

CONNECTIONS: Final = 32


class LoadError(Exception):
    """A response is not the one expected; the message shows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Requests that are sent in turns; each connection sends the next after a response."""

    port: int
    requests: Sequence[str]
    status: int
    """Of all responses."""
    connections: int = CONNECTIONS

    async def rate(self, seconds: float) -> float:
        """Responses per second."""
        return (await self._send(seconds)).rate

    async def latency(self, seconds: float) -> float:
        """The median time from request to response, in ms."""
        return (await self._send(seconds)).median_ms

    async def _send(self, seconds: float) -> "Outcome":
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "calendar_benchmarks.generator", str(seconds)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        try:
            output, errors = await process.communicate(json.dumps(asdict(self)).encode())
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode != 0:
            raise LoadError(errors.decode())
        return Outcome(**json.loads(output))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Of one load, from the first request to the last response."""

    rate: float
    """Responses per second."""
    median_ms: float
    """From a request to its response."""


def request(
    method: str, path: str, *, headers: Mapping[str, str] | None = None, body: Any = None
) -> str:
    """An HTTP request with JSON, or without a body."""
    text = "" if body is None else json.dumps(body)
    lines = {"Host": "127.0.0.1", **(headers or {})}
    if text:
        lines |= {"Content-Type": "application/json", "Content-Length": str(len(text))}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n{text}"
