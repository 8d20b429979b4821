"""A PostgreSQL and a Kafka of the run's own, and the services over them.

Both servers flush what they acknowledge (`fsync` and `synchronous_commit` are on).
"""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

from calendar_benchmarks.servers import Server, serve
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

_SERVICES: Final = {service.name: service for service in SERVICES}
_ENTER_ONLY: Final = 0o711


class Sandbox:
    """The running servers. `home` is a folder for logs and files of the paths."""

    def __init__(self, home: Path, *, postgres: Postgres, kafka: Kafka, console: Console) -> None:
        self.home = home
        self.console = console
        self.databases = Databases(postgres, log=home / "databases.log")
        self.kafka_servers = kafka.bootstrap_servers
        self.large_tables: dict[int, str] = {}
        """The DSNs of the databases that `large_table` built, by the number of events."""

    @asynccontextmanager
    async def database(self) -> AsyncIterator[str]:
        """The DSN of a new database with all tables, dropped after the block."""
        dsn = await self.databases.create()
        try:
            yield dsn
        finally:
            await self.databases.drop(dsn)

    def service(
        self, name: str, *, dsn: str, settings: Mapping[str, str] | None = None
    ) -> AbstractAsyncContextManager[Server]:
        """Runs "api", "scheduler" or "storer" during the block, which begins when it is ready.

        `settings` are `CALENDAR_…` variables; those of this process's environment are ignored.
        """
        port = free_port()
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("CALENDAR_")}
        variables = environment(
            _SERVICES[name],
            port=port,
            servers={"DATABASE_DSN": dsn, "KAFKA_BOOTSTRAP_SERVERS": self.kafka_servers},
            given={**inherited, **(settings or {})},
        )
        program = _SERVICES[name].program(ROOT)
        return serve(program, name=name, port=port, folder=self.home, environment=variables)


@asynccontextmanager
async def sandbox(home: Path, *, console: Console) -> AsyncIterator[Sandbox]:
    """Starts both servers, and migrates the database that is copied for each path."""
    check_installed(ROOT)
    home.chmod(_ENTER_ONLY)  # noqa: ASYNC240 - PostgreSQL's user has to pass through
    layout = Layout(home)
    postgres = Postgres(layout)
    kafka = Kafka(layout, jars=fetch_jars(console))
    async with AsyncExitStack() as stack:
        done = console.timer()
        stack.push_async_callback(postgres.stop)
        stack.push_async_callback(kafka.stop)
        await together(postgres.start(), kafka.start())
        ready = Sandbox(home, postgres=postgres, kafka=kafka, console=console)
        await ready.databases.prepare(ROOT)
        done("PostgreSQL and Kafka are ready, with empty tables")
        yield ready
