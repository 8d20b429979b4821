"""The Scheduler's share alone: from rows of `reminders` that are due to records in Kafka."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from calendar_benchmarks.reminders import fill_reminders, forget
from calendar_benchmarks.stage import Stage
from calendar_benchmarks.topic import Watch, watch

PATIENCE_SECONDS: Final = 300.0


class RunningScheduler:
    """A real Scheduler, with a database and a topic of its own."""

    def __init__(self, dsn: str, topic: Watch) -> None:
        self.dsn = dsn
        self.topic = topic

    async def send(self, count: int) -> float:
        """Has so many reminders fall due at once; how many were acknowledged per second."""
        before = await self.topic.end()
        filled = await fill_reminders(self.dsn, count=count)
        ended = await self.topic.until_appended(before + count, seconds=PATIENCE_SECONDS)
        await forget(self.dsn, filled)
        return count / (ended - filled.due)


@asynccontextmanager
async def running_scheduler(stage: Stage, *, dsn: str) -> AsyncIterator[RunningScheduler]:
    """Runs the Scheduler over a database until the block ends."""
    topic = f"bench-{secrets.token_hex(4)}"
    async with (
        stage.service("scheduler", dsn=dsn, settings={"CALENDAR_KAFKA__TOPIC": topic}),
        watch(stage.kafka.bootstrap_servers, topic) as watched,
    ):
        yield RunningScheduler(dsn, watched)
