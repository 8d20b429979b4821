"""The servers of all runs: PostgreSQL and Kafka, each behind one proxy for each service."""

import io
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from calendar_faults.proxy import Proxy
from calendar_faults.service import ROOT
from calendar_local.console import Console
from calendar_local.databases import Databases
from calendar_local.jars import fetch_jars
from calendar_local.kafka import Kafka
from calendar_local.layout import Layout
from calendar_local.ports import HOST, free_port
from calendar_local.postgres import Postgres

_ENTER_ONLY: Final = 0o711


class ProxiedKafka(Kafka):
    """A broker with one listener for each proxy, which the suite reaches directly.

    Kafka tells its clients its address. A listener that advertises the proxy's keeps them there.
    """

    def __init__(
        self, layout: Layout, *, jars: Sequence[Path], advertised: Mapping[str, int]
    ) -> None:
        super().__init__(layout, jars=jars)
        self._advertised = advertised
        self.listeners = {name: free_port() for name in advertised}

    def _settings(self) -> str:
        """Adds to the broker's settings; the last value of a property counts."""
        direct = f"PLAINTEXT://{self.bootstrap_servers}"
        controller = f"CONTROLLER://{HOST}:{self._controller_port}"
        listeners = [f"{name}://{HOST}:{port}" for name, port in self.listeners.items()]
        advertised = [f"{name}://{HOST}:{port}" for name, port in self._advertised.items()]
        protocols = [f"{name}:PLAINTEXT" for name in ("CONTROLLER", "PLAINTEXT", *self.listeners)]
        more = {
            "listeners": ",".join([direct, controller, *listeners]),
            "advertised.listeners": ",".join([direct, *advertised]),
            "listener.security.protocol.map": ",".join(protocols),
            # Deleted files are gone after a second, not after a minute.
            "file.delete.delay.ms": "1000",
        }
        return super()._settings() + "".join(f"{name}={value}\n" for name, value in more.items())


@dataclass(frozen=True, kw_only=True)
class Network:
    """The proxies between services and servers."""

    api_database: Proxy
    scheduler_database: Proxy
    storer_database: Proxy
    scheduler_broker: Proxy
    storer_broker: Proxy

    @property
    def all(self) -> tuple[Proxy, ...]:
        """Every proxy."""
        return (
            self.api_database,
            self.scheduler_database,
            self.storer_database,
            self.scheduler_broker,
            self.storer_broker,
        )

    def heal(self) -> None:
        """End all faults of the network."""
        for proxy in self.all:
            proxy.heal()


class Servers:
    """The running servers; `home` is the folder for the runs' files."""

    def __init__(
        self, home: Path, *, postgres: Postgres, kafka: ProxiedKafka, network: Network
    ) -> None:
        self.home = home
        self.postgres = postgres
        self.kafka = kafka
        self.network = network
        self.databases = Databases(postgres, log=home / "databases.log")


@asynccontextmanager
async def running_servers(home: Path) -> AsyncIterator[Servers]:
    """Starts both servers and the proxies, and migrates a template database."""
    home.chmod(_ENTER_ONLY)  # noqa: ASYNC240 - PostgreSQL's user has to pass through
    layout = Layout(home)
    advertised = {"SCHEDULER": free_port(), "STORER": free_port()}
    postgres = Postgres(layout, throw_away=True)
    kafka = ProxiedKafka(layout, jars=fetch_jars(Console(io.StringIO())), advertised=advertised)
    network = Network(
        api_database=proxy_to(postgres),
        scheduler_database=proxy_to(postgres),
        storer_database=proxy_to(postgres),
        scheduler_broker=Proxy(
            listen=advertised["SCHEDULER"], connect=kafka.listeners["SCHEDULER"]
        ),
        storer_broker=Proxy(listen=advertised["STORER"], connect=kafka.listeners["STORER"]),
    )
    async with AsyncExitStack() as stack:
        for proxy in network.all:
            await stack.enter_async_context(proxy.running())
        stack.push_async_callback(postgres.stop)
        await postgres.start()
        stack.push_async_callback(kafka.stop)
        await kafka.start()
        servers = Servers(home, postgres=postgres, kafka=kafka, network=network)
        await servers.databases.prepare(ROOT)
        yield servers


def proxy_to(postgres: Postgres) -> Proxy:
    """A proxy to a PostgreSQL server, on a free port."""
    return Proxy(listen=free_port(), connect=postgres.port)


def through(proxy: Proxy, dsn: str) -> str:
    """The DSN that leads through a proxy."""
    address = urlsplit(dsn)
    user, _, _ = address.netloc.rpartition("@")
    return urlunsplit(address._replace(netloc=f"{user}@{HOST}:{proxy.port}"))
