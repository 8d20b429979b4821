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


def profiles(folder: Path) -> dict[str, str]:
    """What was found of each service, in words: modules that have a hundredth of its time."""
    stacks: dict[str, list[str]] = {}
    for file in sorted(folder.glob("*.txt")):
        service = file.stem.partition("-")[0]
        stacks.setdefault(service, []).extend(file.read_text().splitlines())
    return {
        service: " · ".join(
            f"{name} {share:.0%}" for name, share in shares(each).items() if share >= SHOWN
        )
        for service, each in stacks.items()
    }


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
