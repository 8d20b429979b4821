"""A million reminders that are due in one minute, through all stages at once."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from calendar_benchmarks.path import Claim, Contender, Path
from calendar_benchmarks.stage import Stage
from calendar_benchmarks.through import send_through

COUNT: Final = 1_000_000
SPAN_SECONDS: Final = 60.0


@asynccontextmanager
async def _contenders(stage: Stage) -> AsyncIterator[Sequence[Contender]]:
    async def measure(_seconds: float) -> dict[str, float]:
        passage = await send_through(stage, count=COUNT, within=SPAN_SECONDS)
        return {
            "all stages": passage.per_second,
            "latest, s": passage.latest,
            **{f"bytes a row of {table}": size for table, size in passage.bytes_per_row.items()},
        }

    yield [Contender(name="a million", measure=measure)]


PATH: Final = Path(
    title="A million reminders due in one minute, from reminders to notifications",
    unit="reminders/s",
    rounds=1,
    warm_up=False,
    claims=[Claim(figure="latest, s: a million", sense="at most", goal=90, unit="s")],
    contenders=_contenders,
    notes=[
        "One round, because it takes minutes, and is far from its goal.",
        (
            "One Scheduler, one Storer, and an API that idles, on the same cores as PostgreSQL and "
            "Kafka. From the first due time to the last row, by the database's clock: never more "
            f"than {COUNT / SPAN_SECONDS:,.0f}/s, for no more fall due."
        ),
    ],
)
