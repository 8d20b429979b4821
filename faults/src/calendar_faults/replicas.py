"""A stage whose PostgreSQL has a synchronous standby, that can take over."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid4

import asyncpg

from calendar_faults import queries
from calendar_faults.proxy import Proxy
from calendar_faults.service import ROOT
from calendar_faults.stage import Stage
from calendar_faults.waiting import until
from calendar_local.layout import Layout
from calendar_local.ports import free_port
from calendar_local.postgres import Postgres, Standby


class ReplicatedStage(Stage):
    """The Kafka of another stage, and two PostgreSQL servers of its own.

    `link` is the way from the standby to the primary, `to_database` the way of the suite.
    """

    def __init__(
        self, stage: Stage, *, postgres: Postgres, standby: Standby, link: Proxy, to_database: Proxy
    ) -> None:
        network = replace(
            stage.network,
            api_database=_way_to(postgres),
            scheduler_database=_way_to(postgres),
            storer_database=_way_to(postgres),
        )
        super().__init__(stage.home, postgres=postgres, kafka=stage.kafka, network=network)
        self.standby = standby
        self.link = link
        self.to_database = to_database

    @property
    def to_databases(self) -> tuple[Proxy, ...]:
        """All ways to the primary but the standby's."""
        network = self.network
        services = (network.api_database, network.scheduler_database, network.storer_database)
        return (*services, self.to_database)

    async def begin_to_wait(self) -> None:
        """From now on each commit waits for the standby."""
        await _ask(self.postgres, "ALTER SYSTEM SET synchronous_standby_names = '*'")
        await _ask(self.postgres, "SELECT pg_reload_conf()")

        async def is_replicated() -> bool:
            return bool(await _ask(self.postgres, queries.IS_REPLICATED))

        await until(is_replicated, seconds=10, what="the standby follows")

    async def promote(self) -> None:
        """The standby is a primary from now on. Nobody is led to it yet."""
        await _ask(self.standby, queries.PROMOTE)

    def move_over(self) -> None:
        """Services and suite are led to what was the standby, and cannot reach the old primary."""
        for proxy in self.to_databases:
            proxy.lead_to(self.standby.port)


def _way_to(postgres: Postgres) -> Proxy:
    return Proxy(listen=free_port(), connect=postgres.port)


async def _ask(server: Postgres, query: str) -> Any:
    connection = await asyncpg.connect(server.dsn, timeout=15, command_timeout=60)
    try:
        return await connection.fetch(query)
    finally:
        await connection.close()


@asynccontextmanager
async def replicated(stage: Stage) -> AsyncIterator[ReplicatedStage]:
    """Starts both servers, and migrates a database to copy."""
    home = stage.home / f"replicas-{uuid4().hex[:6]}"
    primary = Postgres(Layout(home / "primary"), throw_away=True)
    link = _way_to(primary)
    standby = Standby(Layout(home / "standby"), primary=primary, port=link.port, throw_away=True)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(link.running())
        stack.push_async_callback(primary.kill)
        await primary.start()
        stack.push_async_callback(standby.kill)
        await standby.start()
        ready = ReplicatedStage(
            stage, postgres=primary, standby=standby, link=link, to_database=_way_to(primary)
        )
        for proxy in ready.to_databases:
            await stack.enter_async_context(proxy.running())
        await ready.databases.prepare(ROOT)
        await ready.begin_to_wait()
        yield ready
