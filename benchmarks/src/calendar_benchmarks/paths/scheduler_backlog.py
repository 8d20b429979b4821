"""A thousand reminders that are due, in front of ten million that are not."""

import statistics
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from calendar_benchmarks.crowd import HUGE, SMALL, crowd
from calendar_benchmarks.path import Claim, Contender, Path
from calendar_benchmarks.scheduling import RunningScheduler, running_scheduler
from calendar_benchmarks.stage import Stage

DUE: Final = 1000
TIMES: Final = 3
"""In each round, of which the median counts: once is over in a few hundredths of a second."""


@asynccontextmanager
async def _contenders(stage: Stage) -> AsyncIterator[Sequence[Contender]]:
    async with AsyncExitStack() as stack:
        contenders = []
        for name, pending in (("10 million", HUGE), ("10 thousand", SMALL)):
            dsn = await crowd(stage, events=pending)
            scheduler = await stack.enter_async_context(running_scheduler(stage, dsn=dsn))
            contenders.append(Contender(name=name, measure=_sending(scheduler)))
        yield contenders


def _sending(scheduler: RunningScheduler) -> Callable[[float], Awaitable[float]]:
    async def milliseconds(_seconds: float) -> float:
        rates = [await scheduler.send(DUE) for _ in range(TIMES)]
        return DUE / statistics.median(rates) * 1000

    return milliseconds


PATH: Final = Path(
    title=f"Scheduler: {DUE:,} reminders due at once among 10 million that are not",
    unit="ms",
    better="less",
    rounds=5,
    claims=[Claim(figure="10 million", ceilings=["10 thousand"], sense="at most", goal=1.2)],
    contenders=_contenders,
    notes=["From when they fall due to the last acknowledgement by Kafka."],
)
