"""A thousand reminders that are due, among two million that are not."""

import statistics
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from calendar_benchmarks.large_table import LARGE, SMALL, large_table
from calendar_benchmarks.path import Contender, Goal, Path
from calendar_benchmarks.pipeline import RunningScheduler, running_scheduler
from calendar_benchmarks.sandbox import Sandbox

DUE: Final = 1000
REPETITIONS: Final = 3
"""In each round, of which the median counts: a single one takes only some milliseconds."""


@asynccontextmanager
async def _contenders(sandbox: Sandbox) -> AsyncIterator[Sequence[Contender]]:
    async with AsyncExitStack() as stack:
        contenders = []
        for name, events in (("2 million", LARGE), ("10 thousand", SMALL)):
            dsn = await large_table(sandbox, events=events)
            scheduler = await stack.enter_async_context(running_scheduler(sandbox, dsn=dsn))
            contenders.append(Contender(name=name, measure=_publishing(scheduler)))
        yield contenders


def _publishing(scheduler: RunningScheduler) -> Callable[[float], Awaitable[float]]:
    async def milliseconds(_seconds: float) -> float:
        rates = [await scheduler.publish(DUE) for _ in range(REPETITIONS)]
        return DUE / statistics.median(rates) * 1000

    return milliseconds


PATH: Final = Path(
    title=f"Scheduler: {DUE:,} reminders due among two million that are not",
    unit="ms",
    notes=(
        f"{DUE:,} reminders that are due at once, among {LARGE:,} and {SMALL:,} that are not, "
        "until the last acknowledgement by Kafka."
    ),
    goals=[Goal(figure="2 million", relative_to=["10 thousand"], sense="at most", limit=1.2)],
    contenders=_contenders,
)
