"""Servers whose PostgreSQL has a synchronous standby that can take over."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid4

import asyncpg

from calendar_faults import queries
from calendar_faults.proxy import Proxy
from calendar_faults.servers import Servers, proxy_to
from calendar_faults.service import ROOT
from calendar_faults.waiting import wait_until
from calendar_local.layout import Layout
from calendar_local.postgres import Postgres, Standby


class ReplicatedServers(Servers):
    """The Kafka of other servers, and two PostgreSQL servers.

    The standby reaches the primary through `link`, the suite through `to_database`.
    """

    def __init__(
        self, servers: Servers, *, postgres: Postgres, standby: Standby, link: Proxy
    ) -> None:
        network = replace(
            servers.network,
            api_database=proxy_to(postgres),
            scheduler_database=proxy_to(postgres),
            storer_database=proxy_to(postgres),
        )
        super().__init__(servers.home, postgres=postgres, kafka=servers.kafka, network=network)
        self.standby = standby
        self.link = link
        self.to_database = proxy_to(postgres)

    @property
    def database_proxies(self) -> tuple[Proxy, ...]:
        """All proxies to the primary but the standby's."""
        network = self.network
        services = (network.api_database, network.scheduler_database, network.storer_database)
        return (*services, self.to_database)

    async def make_synchronous(self) -> None:
        """Make each commit wait for the standby."""
        await _fetch(self.postgres, "ALTER SYSTEM SET synchronous_standby_names = '*'")
        await _fetch(self.postgres, "SELECT pg_reload_conf()")

        async def is_replicated() -> bool:
            return bool(await _fetch(self.postgres, queries.IS_REPLICATED))

        await wait_until(is_replicated, seconds=10, what="the standby follows the primary")

    async def promote(self) -> None:
        """Promote the standby. The proxies still lead to the old primary."""
        await _fetch(self.standby, queries.PROMOTE)

    def redirect(self) -> None:
        """Lead services and suite to the promoted standby; the old primary is out of reach."""
        for proxy in self.database_proxies:
            proxy.redirect(self.standby.port)


async def _fetch(server: Postgres, query: str) -> Any:
    connection = await asyncpg.connect(server.dsn, timeout=15, command_timeout=60)
    try:
        return await connection.fetch(query)
    finally:
        await connection.close()


@asynccontextmanager
async def replicated(servers: Servers) -> AsyncIterator[ReplicatedServers]:
    """Starts primary and standby, and migrates a template database."""
    home = servers.home / f"replicas-{uuid4().hex[:6]}"
    primary = Postgres(Layout(home / "primary"), throw_away=True)
    link = proxy_to(primary)
    standby = Standby(Layout(home / "standby"), primary=primary, port=link.port, throw_away=True)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(link.running())
        stack.push_async_callback(primary.kill)
        await primary.start()
        stack.push_async_callback(standby.kill)
        await standby.start()
        running = ReplicatedServers(servers, postgres=primary, standby=standby, link=link)
        for proxy in running.database_proxies:
            await stack.enter_async_context(proxy.running())
        await running.databases.prepare(ROOT)
        await running.make_synchronous()
        yield running
