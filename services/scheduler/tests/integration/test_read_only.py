"""A server that accepts no writes: the Scheduler waits, and sends once another answers."""

import os
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest
from tests.integration.tables import Tables, create_tables
from tests.integration.waiting import eventually

END_SESSIONS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = $1 AND application_name = 'calendar_scheduler'
"""


class Server:
    """A database with the API's tables."""

    def __init__(self, admin: "asyncpg.Connection[asyncpg.Record]", name: str) -> None:
        self.admin = admin
        self.name = name
        self.dsn = urlsplit(os.environ["DATABASE_DSN"])._replace(path=f"/{name}").geturl()

    async def set_read_only(self, value: str) -> None:
        """For all sessions that begin from now on, as if a standby answered behind the address."""
        await self.admin.execute(
            f"ALTER DATABASE {self.name} SET default_transaction_read_only = {value}"
        )


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    admin = await asyncpg.connect(os.environ["DATABASE_DSN"])
    server = Server(admin, f"calendar_scheduler_{uuid4().hex}")
    await admin.execute(f"CREATE DATABASE {server.name}")
    await create_tables(server.dsn)
    yield server
    await admin.execute(f"DROP DATABASE {server.name} WITH (FORCE)")
    await admin.close()


@pytest.mark.parametrize("query", ["", "?target_session_attrs=any"])
async def test_a_server_that_accepts_no_writes_is_left_for_one_that_does(
    start_process: Any, server: Server, query: str
) -> None:
    """With `any` the driver connects to it, and only its answers tell."""
    connection = await asyncpg.connect(server.dsn)
    process = await start_process(DATABASE__DSN=server.dsn + query)
    await process.until_ready()

    await server.set_read_only("on")
    await server.admin.fetch(END_SESSIONS, server.name)

    async def says_why() -> bool:
        _, body = await process.readiness()
        return "accepts" in body["database"]

    await eventually(says_why)
    await Tables(connection).add_event(due_in=-1)
    failures = 'loop_failures_total{loop="reminders"}'
    await process.until_metric(failures, least=await process.metric(failures) + 2)

    await server.set_read_only("off")
    await process.until_metric("notifications_published_total", least=1)
    await process.until_ready()
    await connection.close()
