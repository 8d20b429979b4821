"""What processes, connections and tables take, measured during a run, and judged for growth."""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from statistics import median
from typing import Final, Literal

import psutil

from calendar_faults import queries
from calendar_faults.system import System

SHORTEST: Final = 180.0
"""Seconds; in less nothing is said of growth, only of ceilings."""

FEWEST: Final = 8
"""Figures; a quarter of them has a median."""

FIRST_ROWS: Final = 1000
"""With fewer, what a row takes is mostly what an empty table takes."""

_KIBIBYTE: Final = 2**10
_MEBIBYTE: Final = 2**20


@dataclass(frozen=True, slots=True)
class Limit:
    """What something may take at any time, and by how much its medians may grow."""

    unit: str
    ceiling: float
    slack: float


LIMITS: Final[Mapping[str, Limit]] = {
    "memory": Limit("MiB", ceiling=128, slack=16),
    "files": Limit("open", ceiling=64, slack=10),
    # Ten are the pools of an API, and of two schedulers; after a fault as many may be on their
    # way out.
    "connections": Limit("open", ceiling=24, slack=8),
    # Reminders live for seconds: the room of those that were deleted is used again.
    "table": Limit("KiB", ceiling=24 * 1024, slack=8 * 1024),
    "row": Limit("bytes", ceiling=1024, slack=128),
}


@dataclass(frozen=True, slots=True)
class Size:
    """One figure: what a service or table takes of something in `LIMITS`."""

    owner: str
    what: str
    value: float
    at: float
    """Seconds since the run began."""
    age: float
    """Seconds since the process began; of all else the same as `at`."""


Order = Literal["at", "age"]


async def measure(system: System, *, began: float) -> list[Size]:
    """What everything takes now, in a run that began at `began` of the monotonic clock."""
    at = time.monotonic() - began
    sizes: list[Size] = []
    for service in system.services:
        process = psutil.Process(service.pid)
        age = time.time() - process.create_time()
        memory = process.memory_info().rss / _MEBIBYTE
        sizes.append(Size(service.kind, "memory", memory, at, age))
        sizes.append(Size(service.kind, "files", process.num_fds(), at, age))
    for name, count in await system.sql(queries.CONNECTIONS):
        sizes.append(Size(name, "connections", count, at, at))
    [found] = await system.sql(queries.TABLES)
    sizes.append(Size("reminders", "table", found["reminders"] / _KIBIBYTE, at, at))
    for table, rows in (
        ("events", found["event_rows"]),
        ("notifications", found["notification_rows"]),
    ):
        if rows >= FIRST_ROWS:
            sizes.append(Size(table, "row", found[table] / rows, at, at))
    return sizes


def growth(sizes: Iterable[Size]) -> list[str]:
    """A sentence for each thing that took too much, or ever more."""
    return [
        f"{owner}, {what}: {sentence}"
        for (owner, what), series in _by_name(sizes).items()
        for sentence in _too_much(series, LIMITS[what])
    ]


def summary(sizes: Iterable[Size]) -> str:
    """A line for each thing: the medians of the run's first and last quarter, and the most."""
    lines = []
    for (owner, what), series in _by_name(sizes).items():
        first, last = _ends(series, "at")
        most = max(size.value for size in series)
        figures = f"{first:.0f} at first, {last:.0f} at last, {most:.0f} at most"
        lines.append(f"{owner:18} {what:11} {figures} ({LIMITS[what].unit})")
    return "\n".join(lines)


def _by_name(sizes: Iterable[Size]) -> Mapping[tuple[str, str], Sequence[Size]]:
    found = defaultdict[tuple[str, str], list[Size]](list)
    for size in sizes:
        found[size.owner, size.what].append(size)
    return found


def _too_much(series: Sequence[Size], limit: Limit) -> Iterator[str]:
    most = max(series, key=attrgetter("value"))
    if most.value > limit.ceiling:
        yield (
            f"{most.value:.0f} {limit.unit} after {most.at:.0f} s, allowed are {limit.ceiling:.0f}"
        )
    # A process that is killed now and then grows with its own age, all else with the run.
    for order in ("at", "age"):
        if _is_long(series, order):
            first, last = _ends(series, order)
            if last > first + limit.slack:
                yield (
                    f"grew from {first:.0f} to {last:.0f} {limit.unit} between the first and the "
                    f"last quarter {_QUARTERS[order]}, allowed are {limit.slack:.0f} more"
                )
                return


_QUARTERS: Final[Mapping[Order, str]] = {"at": "of the run", "age": "by a process's age"}


def _is_long(series: Sequence[Size], order: Order) -> bool:
    moments = [getattr(size, order) for size in series]
    return len(series) >= FEWEST and max(moments) - min(moments) >= SHORTEST


def _ends(series: Sequence[Size], order: Order) -> tuple[float, float]:
    """The medians of the first and the last quarter: one odd figure says nothing."""
    values = [size.value for size in sorted(series, key=attrgetter(order))]
    quarter = max(1, len(values) // 4)
    return median(values[:quarter]), median(values[-quarter:])
