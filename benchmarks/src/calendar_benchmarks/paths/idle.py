"""What the services cost while nothing happens."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final

import psutil

from calendar_benchmarks.path import Claim, Contender, Path
from calendar_benchmarks.server import Server
from calendar_benchmarks.stage import Stage
from calendar_benchmarks.statement_log import StatementLog, log_statements
from calendar_benchmarks.whole import running_system
from calendar_benchmarks.work import cpu_seconds

SETTLE_SECONDS: Final = 5.0
"""After the start: what is done once is done by then."""
POLL_SECONDS: Final = 0.25
"""The Scheduler's poll interval, by default."""
JITTER: Final = 0.1
"""By this share a poll comes earlier or later than that, so that schedulers do not go in step."""

SERVICES: Final = ("api", "scheduler", "storer")


@asynccontextmanager
async def _contenders(stage: Stage) -> AsyncIterator[Sequence[Contender]]:
    async with stage.database() as dsn:
        log = await log_statements(dsn, stage.postgres.child.log)
        async with running_system(stage, dsn=dsn) as system:
            await asyncio.sleep(SETTLE_SECONDS)
            servers = {"api": system.api, "scheduler": system.scheduler, "storer": system.storer}

            async def measure(seconds: float) -> dict[str, float]:
                return await _idle(servers, log, seconds)

            yield [Contender(name="idle", measure=measure)]


async def _idle(
    servers: Mapping[str, Server], log: StatementLog, seconds: float
) -> dict[str, float]:
    processes = {name: psutil.Process(server.pid) for name, server in servers.items()}
    before = {name: cpu_seconds(process) for name, process in processes.items()}
    log.begin()
    await asyncio.sleep(seconds)
    figures = {}
    for name, process in processes.items():
        figures[f"{name}, MB"] = process.memory_info().rss / 1e6
        figures[f"{name}, % of a core"] = (cpu_seconds(process) - before[name]) / seconds * 100
    most = max(log.counts().values(), default=0)
    return figures | {"most frequent query, per poll": most * POLL_SECONDS / seconds}


PATH: Final = Path(
    title="Idle: memory, processor, queries",
    unit="each its own",
    better="less",
    rounds=3,
    warm_up=False,
    seconds=10,
    claims=[
        *(
            Claim(figure=f"{name}, MB: idle", sense="at most", goal=70, unit="MB")
            for name in SERVICES
        ),
        *(
            Claim(figure=f"{name}, % of a core: idle", sense="at most", goal=1, unit="%")
            for name in SERVICES
        ),
        Claim(
            figure="most frequent query, per poll: idle",
            sense="at most",
            goal=1 + JITTER,
            unit="per poll interval",
        ),
    ],
    contenders=_contenders,
    notes=["Of all three services over one database; the queries are in PostgreSQL's log."],
)
