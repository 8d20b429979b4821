"""Databases with all tables: one is migrated, and the others are copies of it."""

import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from calendar_local.postgres import BINARIES, Postgres
from calendar_local.processes import run_tool
from calendar_local.services import SERVICES, environment, migrate

_TEMPLATE = "migrated"


class Databases:
    """Creates databases on a running server; `log` receives the output of tools."""

    def __init__(self, postgres: Postgres, *, log: Path) -> None:
        self._postgres = postgres
        self._log = log

    async def prepare(self, root: Path) -> None:
        """Create and migrate the template database.

        Raises:
            PartFailedError: a migration failed.
        """
        await self._run("createdb", _TEMPLATE)
        # Migrations do not connect to Kafka.
        servers = {"DATABASE_DSN": self._dsn(_TEMPLATE), "KAFKA_BOOTSTRAP_SERVERS": "localhost:1"}
        for service in SERVICES:
            if service.migrates:
                await migrate(
                    service,
                    service.program(root),
                    log=self._log,
                    service_environment=environment(
                        service, port=1, servers=servers, given=os.environ
                    ),
                )

    async def create(self) -> str:
        """Create a database and return its DSN."""
        name = f"copy_{secrets.token_hex(6)}"
        await self._run("createdb", "--template", _TEMPLATE, name)
        return self._dsn(name)

    async def drop(self, dsn: str) -> None:
        """Drop a database and close its connections."""
        await self._run("dropdb", "--force", urlsplit(dsn).path.removeprefix("/"))

    def _dsn(self, database: str) -> str:
        return urlunsplit(urlsplit(self._postgres.dsn)._replace(path=f"/{database}"))

    async def _run(self, tool: str, *arguments: str) -> None:
        await run_tool(
            tool,
            BINARIES / tool,
            *arguments,
            log=self._log,
            env=self._postgres.client_environment,
        )
