"""Reminders of series that are due at once, against those of single events."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from calendar_benchmarks.path import Contender, Goal, Path
from calendar_benchmarks.paths.scheduler import COUNT
from calendar_benchmarks.pipeline import running_scheduler
from calendar_benchmarks.reminders import LIST_LENGTH
from calendar_benchmarks.sandbox import Sandbox


@asynccontextmanager
async def _contenders(sandbox: Sandbox) -> AsyncIterator[Sequence[Contender]]:
    async with (
        sandbox.database() as dsn,
        running_scheduler(sandbox, dsn=dsn) as scheduler,
    ):

        async def series(_seconds: float) -> float:
            return await scheduler.publish(COUNT, recurring=True)

        async def events(_seconds: float) -> float:
            return await scheduler.publish(COUNT)

        yield [
            Contender(name="series", measure=series),
            Contender(name="events", measure=events),
        ]


PATH: Final = Path(
    title="Scheduler: reminders of series due at once, until acknowledged by Kafka",
    unit="reminders/s",
    notes=(
        f"{COUNT:,} reminders of as many series that are due at once, until the last "
        f"acknowledgement; each is the first of a list of {LIST_LENGTH}, in which its row moves "
        "on. The same number of single events."
    ),
    goals=[Goal(figure="series", relative_to=["events"], sense="at least", limit=0.80)],
    contenders=_contenders,
)
