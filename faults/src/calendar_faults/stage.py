"""What all runs share: a real PostgreSQL and a real Kafka, each behind a proxy for each service."""

import io
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from calendar_faults.broker import ProxiedKafka
from calendar_faults.proxy import Proxy
from calendar_faults.service import ROOT
from calendar_local.console import Console
from calendar_local.databases import Databases
from calendar_local.jars import fetch_jars
from calendar_local.layout import Layout
from calendar_local.ports import HOST, free_port
from calendar_local.postgres import Postgres

_ENTER_ONLY: Final = 0o711


@dataclass(frozen=True, kw_only=True)
class Network:
    """The ways between services and servers."""

    api_database: Proxy
    scheduler_database: Proxy
    storer_database: Proxy
    scheduler_broker: Proxy
    storer_broker: Proxy

    @property
    def all(self) -> tuple[Proxy, ...]:
        """Every way."""
        return (
            self.api_database,
            self.scheduler_database,
            self.storer_database,
            self.scheduler_broker,
            self.storer_broker,
        )

    def heal(self) -> None:
        """All ways are open."""
        for proxy in self.all:
            proxy.heal()


class Stage:
    """The servers, running; `home` is a folder for the runs' files."""

    def __init__(
        self, home: Path, *, postgres: Postgres, kafka: ProxiedKafka, network: Network
    ) -> None:
        self.home = home
        self.postgres = postgres
        self.kafka = kafka
        self.network = network
        self.databases = Databases(postgres, log=home / "databases.log")


@asynccontextmanager
async def stage(home: Path) -> AsyncIterator[Stage]:
    """Starts both servers and the proxies, and migrates a database to copy."""
    home.chmod(_ENTER_ONLY)  # noqa: ASYNC240 - PostgreSQL's user has to pass through.
    layout = Layout(home)
    ways = {"SCHEDULER": free_port(), "STORER": free_port()}
    postgres = Postgres(layout, throw_away=True)
    kafka = ProxiedKafka(layout, jars=fetch_jars(Console(io.StringIO())), advertised=ways)
    network = Network(
        api_database=Proxy(listen=free_port(), connect=postgres.port),
        scheduler_database=Proxy(listen=free_port(), connect=postgres.port),
        storer_database=Proxy(listen=free_port(), connect=postgres.port),
        scheduler_broker=Proxy(listen=ways["SCHEDULER"], connect=kafka.listeners["SCHEDULER"]),
        storer_broker=Proxy(listen=ways["STORER"], connect=kafka.listeners["STORER"]),
    )
    async with AsyncExitStack() as stack:
        for proxy in network.all:
            await stack.enter_async_context(proxy.running())
        stack.push_async_callback(postgres.stop)
        await postgres.start()
        stack.push_async_callback(kafka.stop)
        await kafka.start()
        ready = Stage(home, postgres=postgres, kafka=kafka, network=network)
        await ready.databases.prepare(ROOT)
        yield ready


def through(proxy: Proxy, dsn: str) -> str:
    """The DSN by way of a proxy."""
    address = urlsplit(dsn)
    user, _, _ = address.netloc.rpartition("@")
    return urlunsplit(address._replace(netloc=f"{user}@{HOST}:{proxy.port}"))
