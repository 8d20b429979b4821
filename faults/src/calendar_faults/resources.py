"""Measures the resources of processes, connections and tables during a run, and reports growth."""

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

MIN_SECONDS: Final = 180.0
"""In a shorter time only ceilings are checked."""

MIN_SAMPLES: Final = 8
"""A quarter of them has a median."""

MIN_ROWS: Final = 1000
"""With fewer, the size of a row is mostly that of an empty table."""

_KIBIBYTE: Final = 2**10
_MEBIBYTE: Final = 2**20


@dataclass(frozen=True, slots=True)
class Limit:
    """The ceiling of a resource, and by how much its median may grow."""

    unit: str
    ceiling: float
    slack: float


LIMITS: Final[Mapping[str, Limit]] = {
    "memory": Limit("MiB", ceiling=128, slack=16),
    # Of them 64 may be connections to the receiver of webhooks.
    "files": Limit("open", ceiling=128, slack=10),
    # Ten are the pools of an API, and of two schedulers; after a fault as many may be closing.
    "connections": Limit("open", ceiling=24, slack=8),
    # Reminders exist for seconds: the space of deleted ones is reused.
    "table": Limit("KiB", ceiling=24 * 1024, slack=8 * 1024),
    "row": Limit("bytes", ceiling=1024, slack=128),
}


@dataclass(frozen=True, slots=True)
class Sample:
    """How much a service or table uses of a resource in `LIMITS`."""

    owner: str
    resource: str
    value: float
    at: float
    """Seconds since the run began."""
    age: float
    """Seconds since the process began; for all else the same as `at`."""


Order = Literal["at", "age"]


async def measure(system: System, *, began: float) -> list[Sample]:
    """The current use of everything, in a run that began at `began` (monotonic time)."""
    at = time.monotonic() - began
    samples: list[Sample] = []
    for service in system.services:
        process = psutil.Process(service.pid)
        age = time.time() - process.create_time()
        memory = process.memory_info().rss / _MEBIBYTE
        samples.append(Sample(service.kind, "memory", memory, at, age))
        samples.append(Sample(service.kind, "files", process.num_fds(), at, age))
    for name, count in await system.sql(queries.CONNECTIONS):
        samples.append(Sample(name, "connections", count, at, at))
    [found] = await system.sql(queries.TABLES)
    samples.append(Sample("reminders", "table", found["reminders"] / _KIBIBYTE, at, at))
    for table, rows in (
        ("events", found["event_rows"]),
        ("notifications", found["notification_rows"]),
    ):
        if rows >= MIN_ROWS:
            samples.append(Sample(table, "row", found[table] / rows, at, at))
    return samples


def growth(samples: Iterable[Sample]) -> list[str]:
    """A sentence for each resource that exceeds its ceiling, or keeps growing."""
    return [
        f"{owner}, {resource}: {sentence}"
        for (owner, resource), series in _by_name(samples).items()
        for sentence in _excess(series, LIMITS[resource])
    ]


def summary(samples: Iterable[Sample]) -> str:
    """A line for each resource: the medians of the first and last quarter, and the maximum."""
    lines = []
    for (owner, resource), series in _by_name(samples).items():
        first, last = _quarters(series, "at")
        most = max(sample.value for sample in series)
        figures = f"{first:.0f} at first, {last:.0f} at last, {most:.0f} at most"
        lines.append(f"{owner:18} {resource:11} {figures} ({LIMITS[resource].unit})")
    return "\n".join(lines)


def _by_name(samples: Iterable[Sample]) -> Mapping[tuple[str, str], Sequence[Sample]]:
    found = defaultdict[tuple[str, str], list[Sample]](list)
    for sample in samples:
        found[sample.owner, sample.resource].append(sample)
    return found


def _excess(series: Sequence[Sample], limit: Limit) -> Iterator[str]:
    most = max(series, key=attrgetter("value"))
    if most.value > limit.ceiling:
        yield f"{most.value:.0f} {limit.unit} after {most.at:.0f} s, limit {limit.ceiling:.0f}"
    # A process that is often killed grows with its own age, all else with the run.
    orders: dict[Order, str] = {"at": "of the run", "age": "by a process's age"}
    for order, name in orders.items():
        times = [getattr(sample, order) for sample in series]
        if len(series) < MIN_SAMPLES or max(times) - min(times) < MIN_SECONDS:
            continue
        first, last = _quarters(series, order)
        if last > first + limit.slack:
            yield (
                f"grew from {first:.0f} to {last:.0f} {limit.unit} between the first and the "
                f"last quarter {name}, limit {limit.slack:.0f} more"
            )
            return


def _quarters(series: Sequence[Sample], order: Order) -> tuple[float, float]:
    """The medians of the first and the last quarter: a single outlier does not count."""
    values = [sample.value for sample in sorted(series, key=attrgetter(order))]
    quarter = max(1, len(values) // 4)
    return median(values[:quarter]), median(values[-quarter:])
