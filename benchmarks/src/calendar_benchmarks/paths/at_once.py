"""Many reminders that are due at once: all stages together, and each alone."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from calendar_benchmarks.path import Contender, Goal, Path
from calendar_benchmarks.pipeline import pass_all_stages, running_scheduler, store
from calendar_benchmarks.sandbox import Sandbox

COUNT: Final = 100_000


@asynccontextmanager
async def _contenders(sandbox: Sandbox) -> AsyncIterator[Sequence[Contender]]:
    async def all_stages(_seconds: float) -> float:
        return (await pass_all_stages(sandbox, count=COUNT, within=0.0)).per_second

    async def scheduler(_seconds: float) -> float:
        async with sandbox.database() as dsn, running_scheduler(sandbox, dsn=dsn) as alone:
            return await alone.publish(COUNT)

    async def storer(_seconds: float) -> float:
        return await store(sandbox, count=COUNT)

    yield [
        Contender(name="calendar", measure=all_stages),
        Contender(name="scheduler alone", measure=scheduler),
        Contender(name="storer alone", measure=storer),
    ]


PATH: Final = Path(
    title=f"{COUNT:,} reminders due at once, through all stages",
    unit="reminders/s",
    notes=(
        f"{COUNT:,} reminders that are due at once, until the last row of notifications, with all "
        "services on the same cores; the Scheduler alone; the Storer alone with as many records."
    ),
    goals=[Goal(relative_to=["scheduler alone", "storer alone"], sense="at least", limit=0.50)],
    contenders=_contenders,
    rounds=3,
    warm_up=False,
)
