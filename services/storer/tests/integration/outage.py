"""A database that cannot be reached."""

from urllib.parse import urlsplit

import asyncpg

from tests.integration.waiting import eventually


class Outage:
    """Cuts a database off and lets it be reached again."""

    def __init__(self, server: asyncpg.Connection, dsn: str) -> None:
        self._server = server
        self._name = urlsplit(dsn).path[1:]

    async def begin(self) -> None:
        await self._server.execute(f"ALTER DATABASE {self._name} ALLOW_CONNECTIONS false")
        end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1"

        async def has_begun() -> bool:
            # Connections end some time after the call, and another may be starting.
            return not await self._server.fetch(end, self._name)

        await eventually(has_begun)

    async def end(self) -> None:
        await self._server.execute(f"ALTER DATABASE {self._name} ALLOW_CONNECTIONS true")
