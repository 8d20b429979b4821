"""A process that answers HTTP on a port of its own: a service, a bare handler, a peer."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from calendar_local.ports import HOST
from calendar_local.processes import Child
from calendar_local.services import answers

START_SECONDS: Final = 30.0
STOP_SECONDS: Final = 10.0

_LOOKS: Final = 50
_LOOK_SECONDS: Final = 0.01
"""Often, so that a start can be measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """It runs, and is ready."""

    port: int
    pid: int

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://{HOST}:{self.port}"


@asynccontextmanager
async def serve(
    *command: str | Path,
    name: str,
    port: int,
    folder: Path,
    environment: Mapping[str, str] | None = None,
    ready: str = "/readyz",
) -> AsyncIterator[Server]:
    """Runs a process until the block ends; its output goes to a file in `folder`.

    Raises:
        PartFailedError: it ended, or did not answer a GET of `ready` with 200 in time.
    """
    child = Child(name, log=folder / f"{name}-{port}.log", record=folder / f"{name}-{port}.process")
    try:
        await child.start(*command, env=environment or os.environ, end_signal=signal.SIGTERM)
        await child.until_ready(lambda: _answers_soon(port, ready), seconds=START_SECONDS)
        assert child.pid is not None
        yield Server(port=port, pid=child.pid)
    finally:
        await child.end(seconds=STOP_SECONDS)


async def _answers_soon(port: int, path: str) -> bool:
    for _ in range(_LOOKS):
        if await answers(port, path):
            return True
        await asyncio.sleep(_LOOK_SECONDS)
    return False
