"""A server that accepts no writes: the Storer waits, and stores once another answers."""

from urllib.parse import urlsplit

import asyncpg
import pytest
from pydantic import SecretStr

from calendar_storer.database import migrations
from calendar_storer.errors import DatabaseReadOnly
from tests.conftest import notification
from tests.integration.conftest import Start
from tests.integration.table import Table
from tests.integration.topic import Topic

END_SESSIONS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = $1 AND application_name = 'calendar_storer'
"""


async def set_read_only(server: asyncpg.Connection, dsn: str, value: str) -> None:
    """For all sessions that begin from now on, as if a standby answered behind the address."""
    name = urlsplit(dsn).path[1:]
    await server.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = {value}")


@pytest.mark.parametrize("query", ["", "?target_session_attrs=any"])
async def test_a_server_that_accepts_no_writes_is_left_for_one_that_does(
    *, start: Start, topic: Topic, table: Table, dsn: str, server: asyncpg.Connection, query: str
) -> None:
    """With `any` the driver connects to it, and only its answers tell."""
    storer = await start(topic, dsn + query)
    await storer.is_ready()

    await set_read_only(server, dsn, "on")
    await server.fetch(END_SESSIONS, urlsplit(dsn).path[1:])
    await storer.answers(503, database="accepts")
    await topic.send(sent := notification())

    await set_read_only(server, dsn, "off")
    await table.has([sent])
    await storer.is_ready()


async def test_tables_are_not_migrated_there(empty_dsn: str, server: asyncpg.Connection) -> None:
    await set_read_only(server, empty_dsn, "on")
    with pytest.raises(DatabaseReadOnly):
        await migrations.run(SecretStr(empty_dsn))

    await set_read_only(server, empty_dsn, "off")
    await migrations.run(SecretStr(empty_dsn))
