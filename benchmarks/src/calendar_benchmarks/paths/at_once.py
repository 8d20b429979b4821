"""Many reminders that are due in one instant: all stages at once, and each alone."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from calendar_benchmarks.path import Claim, Contender, Path
from calendar_benchmarks.scheduling import running_scheduler
from calendar_benchmarks.stage import Stage
from calendar_benchmarks.storing import store
from calendar_benchmarks.through import send_through

COUNT: Final = 150_000


@asynccontextmanager
async def _contenders(stage: Stage) -> AsyncIterator[Sequence[Contender]]:
    async def all_stages(_seconds: float) -> float:
        return (await send_through(stage, count=COUNT, within=0.0)).per_second

    async def scheduler(_seconds: float) -> float:
        async with stage.database() as dsn, running_scheduler(stage, dsn=dsn) as alone:
            return await alone.send(COUNT)

    async def storer(_seconds: float) -> float:
        return await store(stage, count=COUNT)

    yield [
        Contender(name="calendar", measure=all_stages),
        Contender(name="scheduler alone", measure=scheduler),
        Contender(name="storer alone", measure=storer),
    ]


PATH: Final = Path(
    title=f"{COUNT:,} reminders due in one instant, through all stages at once",
    unit="reminders/s",
    rounds=3,
    warm_up=False,
    claims=[Claim(ceilings=["scheduler alone", "storer alone"], sense="at least", goal=0.50)],
    contenders=_contenders,
    notes=[
        (
            "Calendar: from due to the last row of notifications, all on the same cores. Alone: "
            "the Scheduler without a Storer, and the Storer, which finds as many in the topic."
        )
    ],
)
