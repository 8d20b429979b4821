"""Processes that answer HTTP, each on a port of its own."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from calendar_local.processes import Child
from calendar_local.services import answers

START_TIMEOUT_SECONDS: Final = 30.0
STOP_TIMEOUT_SECONDS: Final = 10.0

# `Child` checks seldom; a start that is measured needs more frequent checks.
_CHECKS: Final = 50
_CHECK_INTERVAL_SECONDS: Final = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A process that is ready."""

    port: int
    pid: int


@asynccontextmanager
async def serve(
    *command: str | Path,
    name: str,
    port: int,
    folder: Path,
    environment: Mapping[str, str] | None = None,
    ready: str = "/readyz",
) -> AsyncIterator[Server]:
    """Runs a process during the block; its output goes to a file in `folder`.

    Raises:
        PartFailedError: it ended, or did not answer a GET of `ready` with 200 in time.
    """
    child = Child(name, log=folder / f"{name}-{port}.log", record=folder / f"{name}-{port}.process")
    try:
        await child.start(*command, env=environment or os.environ, end_signal=signal.SIGTERM)
        await child.until_ready(lambda: _is_ready(port, ready), seconds=START_TIMEOUT_SECONDS)
        assert child.pid is not None
        yield Server(port=port, pid=child.pid)
    finally:
        await child.end(seconds=STOP_TIMEOUT_SECONDS)


async def _is_ready(port: int, path: str) -> bool:
    for _ in range(_CHECKS):
        if await answers(port, path):
            return True
        await asyncio.sleep(_CHECK_INTERVAL_SECONDS)
    return False
