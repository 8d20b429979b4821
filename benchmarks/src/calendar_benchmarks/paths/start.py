"""From the start of a service's process until it is ready, beside Python that imports the same."""

import asyncio
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path as FilePath
from typing import Final

from calendar_benchmarks.path import Claim, Contender, Path
from calendar_benchmarks.stage import ROOT, Stage

SERVICES: Final = ("api", "scheduler", "storer")

# Of a service that has imported what it begins with: what of it is not its own, in the same order.
_LIST: Final = """
import sys
before = set(sys.modules)
import calendar_{service}.cli
for name, module in sys.modules.items():
    # Some are no modules but objects that act as one.
    real = getattr(getattr(module, "__spec__", None), "name", None) == name
    if real and name not in before and not name.startswith("calendar_"):
        print(name)
"""
# Ends at once: an end in good order is not of the start.
_IMPORT: Final = """
import importlib, os, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
os._exit(0)
"""


@asynccontextmanager
async def _contenders(stage: Stage) -> AsyncIterator[Sequence[Contender]]:
    async with stage.database() as dsn:
        contenders = []
        for service in SERVICES:
            python = ROOT / f"services/{service}/.venv/bin/python"
            modules = (await _output(python, _LIST.format(service=service))).split()
            contenders += [
                Contender(name=service, measure=_start(stage, service, dsn)),
                Contender(name=f"{service}'s imports", measure=_imports(python, modules)),
            ]
        yield contenders


def _start(stage: Stage, service: str, dsn: str) -> Callable[[float], Awaitable[float]]:
    async def milliseconds(_seconds: float) -> float:
        began = time.perf_counter()
        async with stage.service(service, dsn=dsn):
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
    better="less",
    rounds=5,
    claims=[
        Claim(figure=service, ceilings=[f"{service}'s imports"], sense="at most", goal=1.5)
        for service in SERVICES
    ],
    contenders=_contenders,
    notes=[
        (
            "Ready is when `/readyz` says so: PostgreSQL and Kafka answer, and the Storer "
            "has joined its group. Beside it, a Python of the same environment that imports"
            " the modules, and only those, which the service imports before it begins."
        ),
    ],
)
