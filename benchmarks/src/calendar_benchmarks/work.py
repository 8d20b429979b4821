"""What a service's work costs of the processor, for each of what it counts in its own metrics."""

import asyncio
import re
import urllib.request
from dataclasses import dataclass
from typing import Final

import psutil

from calendar_benchmarks.server import Server

_COUNTED: Final = {
    "api": ("request", "http_requests_total"),
    "scheduler": ("reminder", "calendar_scheduler_notifications_published_total"),
    "storer": ("row", "calendar_storer_notifications_stored_total"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What was done, and the user and system time that it took."""

    done: int = 0
    seconds: float = 0.0

    def __add__(self, other: "Work") -> "Work":
        return Work(done=self.done + other.done, seconds=self.seconds + other.seconds)

    def __sub__(self, other: "Work") -> "Work":
        return Work(done=self.done - other.done, seconds=self.seconds - other.seconds)

    def text(self, kind: str) -> str:
        """In words, where anything was done."""
        what, _ = _COUNTED[kind]
        if not self.done:
            return f"no {what}"
        return f"{1e6 * self.seconds / self.done:.3g} µs for each of {self.done:,} {what}s"


async def work_of(kind: str, server: Server) -> Work:
    """All that a service has done so far."""
    _, name = _COUNTED[kind]
    seconds = cpu_seconds(psutil.Process(server.pid))
    return Work(done=total(await asyncio.to_thread(_metrics, server), name), seconds=seconds)


def cpu_seconds(process: psutil.Process) -> float:
    """The user and system time that a process has had."""
    times = process.cpu_times()
    return times.user + times.system


def total(exposition: str, name: str) -> int:
    """The sum of a counter's series."""
    found = re.findall(rf"^{name}(?:\{{.*\}})? (\S+)$", exposition, re.MULTILINE)
    return round(sum(map(float, found)))


def _metrics(server: Server) -> str:
    with urllib.request.urlopen(f"{server.url}/metrics", timeout=30) as answer:  # noqa: S310
        text: str = answer.read().decode()
        return text
