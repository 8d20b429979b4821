"""Where a service's time goes while a path is measured: py-spy looks at it 200 times a second."""

import asyncio
import re
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from calendar_benchmarks.server import Server
from calendar_benchmarks.work import Work, work_of

RATE: Final = 200
"""Samples a second: what is looked at slows down by a few per cent."""
SHOWN: Final = 0.01

_PY_SPY: Final = Path(sys.executable).with_name("py-spy")
_FILE: Final = re.compile(r"\((?P<file>[^()]*?)(:\d+)?\)$")


class ProfilingError(Exception):
    """The process may not be looked at."""


@asynccontextmanager
async def profiled(pid: int, file: Path) -> AsyncIterator[None]:
    """Samples a process until the block ends; the stacks go to a file, one a line with its count.

    Raises:
        ProfilingError: the system does not allow it.
    """
    sampler = await asyncio.create_subprocess_exec(
        _PY_SPY, "record", "--format", "raw", "--rate", str(RATE), "--pid", str(pid),
        "--output", file, "--nonblocking",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield
    finally:
        if sampler.returncode is None:
            sampler.send_signal(signal.SIGINT)
        _, said = await sampler.communicate()
    if sampler.returncode:
        raise ProfilingError(f"py-spy failed: {said.decode().strip()}")


class Profiles:
    """Of the services that run while a path is measured; several of one kind count together."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._work: dict[str, Work] = {}

    @asynccontextmanager
    async def of(self, kind: str, server: Server) -> AsyncIterator[None]:
        """Looks at one of them until the block ends.

        Raises:
            ProfilingError: the system does not allow it.
        """
        before = await work_of(kind, server)
        async with profiled(server.pid, self._folder / f"{kind}-{server.port}.txt"):
            yield
        done = await work_of(kind, server) - before
        self._work[kind] = self._work.get(kind, Work()) + done

    def told(self) -> dict[str, str]:
        """Of each kind, in words: what its work costs, and who has a hundredth of the time."""
        return {
            kind: f"{work.text(kind)}: {_modules(self._stacks(kind))}"
            for kind, work in self._work.items()
        }

    def _stacks(self, kind: str) -> list[str]:
        files = sorted(self._folder.glob(f"{kind}-*.txt"))
        return [line for file in files for line in file.read_text().splitlines()]


def _modules(stacks: Iterable[str]) -> str:
    return " · ".join(
        f"{name} {share:.0%}" for name, share in shares(stacks).items() if share >= SHOWN
    )


def shares(stacks: Iterable[str]) -> dict[str, float]:
    """The part of the time that each module has, biggest first.

    The standard library's time, and that of what is written in C, is its caller's.
    """
    samples = Counter[str]()
    for line in stacks:
        stack, _, count = line.rpartition(" ")
        samples[_owner(stack.split(";"))] += int(count)
    total = samples.total()
    return {name: count / total for name, count in samples.most_common()}


def _owner(stack: list[str]) -> str:
    for frame in reversed(stack):
        found = _FILE.search(frame)
        package, *inner = Path(found["file"]).with_suffix("").parts if found else ("",)
        if package and package not in sys.stdlib_module_names and not package.startswith("<"):
            # Of our own, the modules tell more.
            return ".".join([package, *inner]) if package.startswith("calendar_") else package
    return "the standard library"
