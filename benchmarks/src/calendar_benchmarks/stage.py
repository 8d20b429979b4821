"""Where everything is measured: a PostgreSQL and a Kafka of the run's own, set as users have them.

Both make sure of what they write (`fsync` and `synchronous_commit` are on).
"""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

from calendar_benchmarks.profiling import Profiles
from calendar_benchmarks.server import Server, serve
from calendar_local.console import Console
from calendar_local.databases import Databases
from calendar_local.jars import fetch_jars
from calendar_local.kafka import Kafka
from calendar_local.layout import Layout
from calendar_local.ports import free_port
from calendar_local.postgres import Postgres
from calendar_local.services import SERVICES, check_installed, environment
from calendar_local.system import together

ROOT: Final = Path(__file__).parents[3]

_KINDS: Final = {service.name: service for service in SERVICES}
_ENTER_ONLY: Final = 0o711


class Stage:
    """The servers, running; `home` is a folder for logs and whatever a path needs."""

    def __init__(self, home: Path, *, postgres: Postgres, kafka: Kafka, console: Console) -> None:
        self.home = home
        self.postgres = postgres
        self.kafka = kafka
        self.console = console
        self.databases = Databases(postgres, log=home / "databases.log")
        self.crowds: dict[int, str] = {}
        """What `crowd` has built, by the number of events."""
        self.profiles: Profiles | None = None
        """What takes the services' profiles, while they are taken."""

    @asynccontextmanager
    async def database(self) -> AsyncIterator[str]:
        """A new database with all tables, for as long as the block lasts; its DSN."""
        dsn = await self.databases.create()
        try:
            yield dsn
        finally:
            await self.databases.drop(dsn)

    @asynccontextmanager
    async def service(
        self, kind: str, *, dsn: str, settings: Mapping[str, str] | None = None
    ) -> AsyncIterator[Server]:
        """Runs "api", "scheduler" or "storer" over a database; ready when the block begins.

        `settings` are `CALENDAR_…` variables; those of this process's environment do not count.
        """
        port = free_port()
        given = {k: v for k, v in os.environ.items() if not k.startswith("CALENDAR_")}
        variables = environment(
            _KINDS[kind],
            port=port,
            servers=self._servers(dsn),
            given={**given, **(settings or {})},
        )
        async with serve(
            _KINDS[kind].program(ROOT),
            name=kind,
            port=port,
            folder=self.home,
            environment=variables,
        ) as server:
            if self.profiles is None:
                yield server
            else:
                async with self.profiles.of(kind, server):
                    yield server

    def _servers(self, dsn: str) -> dict[str, str]:
        return {"DATABASE_DSN": dsn, "KAFKA_BOOTSTRAP_SERVERS": self.kafka.bootstrap_servers}


@asynccontextmanager
async def stage(home: Path, *, console: Console) -> AsyncIterator[Stage]:
    """Starts both servers, and migrates a database to copy."""
    check_installed(ROOT)
    home.chmod(_ENTER_ONLY)  # noqa: ASYNC240 - PostgreSQL's user has to pass through.
    layout = Layout(home)
    postgres = Postgres(layout)
    kafka = Kafka(layout, jars=fetch_jars(console))
    async with AsyncExitStack() as stack:
        done = console.timer()
        stack.push_async_callback(postgres.stop)
        stack.push_async_callback(kafka.stop)
        await together(postgres.start(), kafka.start())
        ready = Stage(home, postgres=postgres, kafka=kafka, console=console)
        await ready.databases.prepare(ROOT)
        done("PostgreSQL and Kafka are ready, with empty tables")
        yield ready
