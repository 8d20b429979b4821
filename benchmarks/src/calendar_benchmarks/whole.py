"""All three services at once, over one database and one topic."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from calendar_benchmarks.server import Server
from calendar_benchmarks.stage import Stage
from calendar_benchmarks.topic import create_topic


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """The services, ready, and where they meet."""

    dsn: str
    topic: str
    """Also the name of the Storers' group."""
    api: Server
    scheduler: Server
    storer: Server


@asynccontextmanager
async def running_system(stage: Stage, *, dsn: str) -> AsyncIterator[System]:
    """Runs one process of each service until the block ends."""
    topic = f"bench-{secrets.token_hex(4)}"
    await create_topic(stage.kafka.bootstrap_servers, topic)
    kafka = {"CALENDAR_KAFKA__TOPIC": topic}
    group = {"CALENDAR_STORER__GROUP_ID": topic}
    async with (
        stage.service("api", dsn=dsn) as api,
        stage.service("scheduler", dsn=dsn, settings=kafka) as scheduler,
        stage.service("storer", dsn=dsn, settings=kafka | group) as storer,
    ):
        yield System(dsn=dsn, topic=topic, api=api, scheduler=scheduler, storer=storer)
