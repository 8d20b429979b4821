"""From the start of a service's process until it is ready, beside the time of its imports."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final

from calendar_benchmarks.path import Contender, Goal, Path
from calendar_benchmarks.sandbox import ROOT, Sandbox

SERVICES: Final = ("api", "scheduler", "storer")


@asynccontextmanager
async def _contenders(sandbox: Sandbox) -> AsyncIterator[Sequence[Contender]]:
    async with sandbox.database() as dsn:
        yield [
            contender
            for service in SERVICES
            for contender in (
                Contender(name=service, measure=_start(sandbox, service, dsn)),
                Contender(name=f"{service}'s imports", measure=_imports(service)),
            )
        ]


def _start(sandbox: Sandbox, service: str, dsn: str) -> Callable[[float], Awaitable[float]]:
    async def milliseconds(_seconds: float) -> float:
        began = time.perf_counter()
        async with sandbox.service(service, dsn=dsn):
            return (time.perf_counter() - began) * 1000

    return milliseconds


def _imports(service: str) -> Callable[[float], Awaitable[float]]:
    python = ROOT / f"services/{service}/.venv/bin/python"
    # `cli` imports `commands`, and with it everything else. The interpreter's shutdown is no part
    # of a start.
    program = f"import os, calendar_{service}.commands; os._exit(0)"

    async def milliseconds(_seconds: float) -> float:
        began = time.perf_counter()
        process = await asyncio.create_subprocess_exec(python, "-c", program)
        assert await process.wait() == 0, f"{python} failed"
        return (time.perf_counter() - began) * 1000

    return milliseconds


PATH: Final = Path(
    title="Start: from the process's start to ready",
    unit="ms",
    notes=(
        "until `/readyz` returns 200. The imports are a Python of the same environment that "
        "imports the service and ends."
    ),
    goals=[
        Goal(figure=service, relative_to=[f"{service}'s imports"], sense="at most", limit=1.5)
        for service in SERVICES
    ],
    contenders=_contenders,
)
