"""From the start of a service's process until it is ready, beside the time of its imports."""

import asyncio
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path as FilePath
from typing import Final

from calendar_benchmarks.path import Contender, Goal, Path
from calendar_benchmarks.sandbox import ROOT, Sandbox

SERVICES: Final = ("api", "scheduler", "storer")

# The modules of other packages that the service's command line imports, in that order.
_LIST: Final = """
import sys
before = set(sys.modules)
import calendar_{service}.cli
for name, module in sys.modules.items():
    # Some entries are objects that act as modules.
    is_module = getattr(getattr(module, "__spec__", None), "name", None) == name
    if is_module and name not in before and not name.startswith("calendar_"):
        print(name)
"""
# Without the interpreter's shutdown, which is no part of a start.
_IMPORT: Final = """
import importlib, os, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
os._exit(0)
"""


@asynccontextmanager
async def _contenders(sandbox: Sandbox) -> AsyncIterator[Sequence[Contender]]:
    async with sandbox.database() as dsn:
        contenders = []
        for service in SERVICES:
            python = ROOT / f"services/{service}/.venv/bin/python"
            modules = (await _output(python, _LIST.format(service=service))).split()
            contenders += [
                Contender(name=service, measure=_start(sandbox, service, dsn)),
                Contender(name=f"{service}'s imports", measure=_imports(python, modules)),
            ]
        yield contenders


def _start(sandbox: Sandbox, service: str, dsn: str) -> Callable[[float], Awaitable[float]]:
    async def milliseconds(_seconds: float) -> float:
        began = time.perf_counter()
        async with sandbox.service(service, dsn=dsn):
            return (time.perf_counter() - began) * 1000

    return milliseconds


def _imports(python: FilePath, modules: Sequence[str]) -> Callable[[float], Awaitable[float]]:
    async def milliseconds(_seconds: float) -> float:
        began = time.perf_counter()
        await _output(python, _IMPORT, *modules)
        return (time.perf_counter() - began) * 1000

    return milliseconds


async def _output(python: FilePath, program: str, *arguments: str) -> str:
    process = await asyncio.create_subprocess_exec(
        python, "-c", program, *arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, f"{python} failed"
    return output.decode()


PATH: Final = Path(
    title="Start: from the process's start to ready",
    unit="ms",
    notes=(
        "until `/readyz` returns 200. The imports are the modules of other packages that the "
        "service imports, in a Python of the same environment that does nothing else."
    ),
    goals=[
        Goal(figure=service, relative_to=[f"{service}'s imports"], sense="at most", limit=1.5)
        for service in SERVICES
    ],
    contenders=_contenders,
)
