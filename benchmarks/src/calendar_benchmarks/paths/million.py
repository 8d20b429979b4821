"""A million reminders that are due within one minute, through all stages."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from calendar_benchmarks.path import Contender, Goal, Path
from calendar_benchmarks.pipeline import pass_all_stages
from calendar_benchmarks.sandbox import Sandbox

COUNT: Final = 1_000_000
SPAN_SECONDS: Final = 60.0


@asynccontextmanager
async def _contenders(sandbox: Sandbox) -> AsyncIterator[Sequence[Contender]]:
    async def measure(_seconds: float) -> dict[str, float]:
        passage = await pass_all_stages(sandbox, count=COUNT, within=SPAN_SECONDS)
        sizes = {f"{table}, bytes per row": size for table, size in passage.bytes_per_row.items()}
        return {"reminders/s": passage.per_second, "latest, s": passage.latest, **sizes}

    yield [Contender(name="a million", measure=measure)]


PATH: Final = Path(
    title="A million reminders due within one minute, through all stages",
    unit="as named",
    notes=(
        "one round, through one Scheduler and one Storer. The rate cannot exceed "
        f"{COUNT / SPAN_SECONDS:,.0f}/s, because no more become due."
    ),
    goals=[Goal(figure="latest, s: a million", sense="at most", limit=90, unit="s")],
    contenders=_contenders,
    rounds=1,
    warm_up=False,
)
