"""The memory and CPU use of the services while nothing happens."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final

import psutil

from calendar_benchmarks.path import Contender, Goal, Path
from calendar_benchmarks.pipeline import System, running_system
from calendar_benchmarks.sandbox import Sandbox

START_SECONDS: Final = 5.0
"""After it, everything that is done once is done."""

SERVICES: Final = ("api", "scheduler", "storer")


@asynccontextmanager
async def _contenders(sandbox: Sandbox) -> AsyncIterator[Sequence[Contender]]:
    async with sandbox.database() as dsn, running_system(sandbox, dsn=dsn) as system:
        await asyncio.sleep(START_SECONDS)
        yield [Contender(name="idle", measure=measuring(system))]


def measuring(system: System) -> Callable[[float], Awaitable[dict[str, float]]]:
    """Measures the processes of all services while nothing happens."""
    processes = {name: psutil.Process(system.servers[name].pid) for name in SERVICES}

    async def measure(seconds: float) -> dict[str, float]:
        before = {name: _cpu_seconds(process) for name, process in processes.items()}
        await asyncio.sleep(seconds)
        figures = {}
        for name, process in processes.items():
            used = _cpu_seconds(process) - before[name]
            figures[f"{name}, MB"] = process.memory_info().rss / 1e6
            figures[f"{name}, % of a core"] = used / seconds * 100
        return figures

    return measure


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def goals(contender: str) -> list[Goal]:
    """The limits on each service."""
    return [
        goal
        for name in SERVICES
        for goal in (
            Goal(figure=f"{name}, MB: {contender}", sense="at most", limit=75, unit="MB"),
            Goal(figure=f"{name}, % of a core: {contender}", sense="at most", limit=1.5, unit="%"),
        )
    ]


PATH: Final = Path(
    title="Idle: memory and CPU",
    unit="as named",
    notes="resident memory and CPU time of each service, without any events.",
    goals=goals("idle"),
    contenders=_contenders,
    rounds=3,
    warm_up=False,
    seconds=5,
)
