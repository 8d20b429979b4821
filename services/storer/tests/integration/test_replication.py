"""Nothing is acknowledged before the synchronous standby has it."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from calendar_storer.errors import DatabaseUnavailable
from calendar_storer.inbox.repository import InboxRepository
from calendar_storer.notifications.repository import Repository
from tests.conftest import notification
from tests.integration.rest import store
from tests.integration.table import Table
from tests.integration.waiting import eventually


@pytest.fixture
async def standby_lost(server: asyncpg.Connection, dsn: str) -> AsyncIterator[None]:
    """Commits in the test's database wait for a standby that is gone; others do not wait."""
    name = dsn.rpartition("/")[2]
    await server.execute(f"ALTER DATABASE {name} SET synchronous_commit = 'on'")
    await server.execute("ALTER SYSTEM SET synchronous_commit = 'local'")
    await server.execute("ALTER SYSTEM SET synchronous_standby_names = 'gone'")
    await server.execute("SELECT pg_reload_conf()")
    connection = await asyncpg.connect(dsn)

    async def commits_wait() -> bool:
        try:
            await connection.execute("SELECT pg_logical_emit_message(true, '', '')", timeout=0.2)
        except TimeoutError:
            return True
        return False

    try:
        # The server reads its settings some time after the call.
        await eventually(commits_wait)
        yield
    finally:
        connection.terminate()
        await server.execute("ALTER SYSTEM RESET synchronous_standby_names")
        await server.execute("ALTER SYSTEM RESET synchronous_commit")
        await server.execute("SELECT pg_reload_conf()")


@pytest.mark.usefixtures("standby_lost")
async def test_rows_committed_on_the_primary_only_are_not_acknowledged_as_duplicates(
    repository: Repository, table: Table, server: asyncpg.Connection
) -> None:
    rows = [notification().model_dump(mode="json") for _ in range(3)]
    with pytest.raises(DatabaseUnavailable):
        await repository.store(rows)
    assert len(await table.rows()) == 3
    with pytest.raises(DatabaseUnavailable):
        await repository.store(rows)
    with pytest.raises(DatabaseUnavailable):
        await repository.store(rows[:1])

    await server.execute("ALTER SYSTEM RESET synchronous_standby_names")
    await server.execute("SELECT pg_reload_conf()")

    async def is_acknowledged() -> bool:
        try:
            return await repository.store(rows) == []
        except DatabaseUnavailable:
            return False

    await eventually(is_acknowledged)


@pytest.mark.usefixtures("standby_lost")
async def test_acknowledgement_on_the_primary_only_is_not_confirmed(
    dsn: str, inbox: InboxRepository, server: asyncpg.Connection
) -> None:
    sent = notification()
    connection = await asyncpg.connect(dsn)
    await connection.execute("SET synchronous_commit = 'local'")
    await store(connection, sent)
    key = (sent.user_id, sent.notification_id)

    # The second one finds what the first has written.
    for _ in range(2):
        with pytest.raises(DatabaseUnavailable):
            await inbox.acknowledge(*key)
        at = await connection.fetchval("SELECT acknowledged_at FROM notifications")
        assert at is not None

    await server.execute("ALTER SYSTEM RESET synchronous_standby_names")
    await server.execute("SELECT pg_reload_conf()")

    async def is_acknowledged() -> bool:
        try:
            return bool(await inbox.acknowledge(*key))
        except DatabaseUnavailable:
            return False

    await eventually(is_acknowledged)
    await connection.close()
