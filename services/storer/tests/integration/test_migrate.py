"""`calendar_storer migrate` may run as often, and as often at once, as anybody likes."""

import asyncio
import itertools
import json

import asyncpg
import pytest
from pydantic import SecretStr

from calendar_storer.database import migrations, options
from calendar_storer.database.pool import open_pool
from calendar_storer.errors import TablesMissing
from calendar_storer.inbox import statements as inbox_statements
from calendar_storer.inbox.repository import InboxRepository
from calendar_storer.notifications import statements
from calendar_storer.notifications.repository import Repository
from calendar_storer.retention import statements as retention_statements
from calendar_storer.streams import statements as stream_statements
from calendar_storer.webhooks import statements as webhook_statements
from tests.integration.waiting import DEADLINE, eventually

INSERT_OF_1_0 = """
INSERT INTO notifications (notification_id, event_id, title, event_date, user_id, notify_at)
VALUES (gen_random_uuid(), gen_random_uuid(), 'Dentist', now(), 'ann', now())
"""


RETURNING = "RETURNING notification_id"

STORING = {"STORE_NOTIFICATIONS", "PROBE"}
READING = {"LIST", "LIST_UNACKNOWLEDGED", "END", "ACKNOWLEDGE", "GET_ACKNOWLEDGED"}
STREAMING = {"ARRIVALS", "PAGE"}
DELIVERING = {name for name in vars(webhook_statements) if name.isupper()}
DELETING = {"DELETE_OLD_NOTIFICATIONS"}


async def test_twice(empty_dsn: str) -> None:
    dsn = SecretStr(empty_dsn)
    await migrations.run(dsn)
    await migrations.run(dsn)
    connection = await asyncpg.connect(empty_dsn)
    names = [row["name"] for row in await connection.fetch("SELECT name FROM storer_migrations")]
    assert names == [name for name, _ in migrations.migrations()]
    await connection.close()


async def test_side_by_side(empty_dsn: str) -> None:
    dsn = SecretStr(empty_dsn)
    await asyncio.gather(*(migrations.run(dsn) for _ in range(8)))
    connection = await asyncpg.connect(empty_dsn)
    assert await connection.fetchval("SELECT count(*) FROM notifications") == 0
    await connection.close()


async def test_the_table_is_the_contracts(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    columns = await connection.fetch(
        "SELECT column_name, data_type FROM information_schema.columns"
        " WHERE table_name = 'notifications' ORDER BY ordinal_position"
    )
    assert [tuple(column) for column in columns] == [
        ("notification_id", "uuid"),
        ("event_id", "uuid"),
        ("title", "text"),
        ("event_date", "timestamp with time zone"),
        ("user_id", "text"),
        ("notify_at", "timestamp with time zone"),
        ("stored_at", "timestamp with time zone"),
        ("recurrence_id", "text"),
        ("arrival", "bigint"),
        ("acknowledged_at", "timestamp with time zone"),
    ]
    await connection.close()


async def test_every_query_can_be_prepared(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    for module, names in (
        (statements, STORING),
        (inbox_statements, READING),
        (stream_statements, STREAMING),
        (webhook_statements, DELIVERING),
        (retention_statements, DELETING),
    ):
        assert names <= vars(module).keys()
        for name in names:
            await connection.prepare(vars(module)[name])
    await connection.close()


async def test_the_previous_release_stores_while_and_after_the_table_is_changed(
    empty_dsn: str,
) -> None:
    connection = await asyncpg.connect(empty_dsn)
    await connection.execute(migrations.CREATE_HISTORY)
    first, *later = migrations.migrations()
    await migrations.apply(connection, *first)
    insert = await connection.prepare(INSERT_OF_1_0)
    await insert.fetch()
    for name, sql in later:
        await migrations.apply(connection, name, sql)
        await insert.fetch()
    assert await connection.fetchval("SELECT count(*) FROM notifications") == 1 + len(later)
    await connection.close()


async def test_rows_of_before_have_a_place_in_the_order_before_new_ones(empty_dsn: str) -> None:
    connection = await asyncpg.connect(empty_dsn)
    await connection.execute(migrations.migrations()[0][1])
    old = [await connection.fetchval(INSERT_OF_1_0 + RETURNING) for _ in range(3)]
    await connection.execute("DROP TABLE IF EXISTS storer_migrations")
    await connection.execute(migrations.CREATE_HISTORY)
    await connection.execute(migrations.RECORD.replace("$1", "'0001_notifications.sql'"))
    await migrations.run(SecretStr(empty_dsn))
    new = [await connection.fetchval(INSERT_OF_1_0 + RETURNING) for _ in range(3)]
    async with open_pool(SecretStr(empty_dsn), options.POOL, size=1) as pool:
        page = await InboxRepository(pool).list("ann", after=None, limit=9, unacknowledged=True)
    assert [json.loads(each)["id"] for each in page.documents] == [str(id_) for id_ in old + new]
    await connection.close()


async def test_an_interrupted_build_of_an_index_is_done_again(empty_dsn: str) -> None:
    connection, reader, other = [await asyncpg.connect(empty_dsn) for _ in range(3)]
    await connection.execute(migrations.CREATE_HISTORY)
    name, sql = next(each for each in migrations.migrations() if each[0].endswith("tly.sql"))
    for each in itertools.takewhile(lambda each: each[0] != name, migrations.migrations()):
        await migrations.apply(connection, *each)

    async def is_waiting() -> bool:
        waits = "SELECT cardinality(pg_blocking_pids($1)) > 0"
        found: bool = await other.fetchval(waits, connection.get_server_pid())
        return found

    # The build waits for this transaction, and is killed meanwhile.
    async with reader.transaction(isolation="repeatable_read"):
        await reader.execute("SELECT count(*) FROM notifications")
        building = asyncio.create_task(migrations.apply(connection, name, sql))
        await eventually(is_waiting)
        await other.execute(f"SELECT pg_terminate_backend({connection.get_server_pid()})")
        with pytest.raises(asyncpg.PostgresError):
            await building
    invalid = "SELECT count(*) FROM pg_index WHERE NOT indisvalid"
    assert await other.fetchval(invalid) == 1

    await migrations.run(SecretStr(empty_dsn))

    assert await other.fetchval(invalid) == 0
    indexes = await other.fetchval(
        "SELECT count(*) FROM pg_indexes WHERE tablename = $1", "notifications"
    )
    assert indexes == 3
    await reader.close()
    await other.close()


async def test_a_run_that_waits_does_not_hold_up_the_building_of_an_index(empty_dsn: str) -> None:
    """PostgreSQL would wait for the snapshot of a statement that waits for the lock."""
    first = await asyncpg.connect(empty_dsn)
    await first.execute(f"SELECT pg_advisory_lock({options.MIGRATION_LOCK})")
    waiting = asyncio.create_task(migrations.run(SecretStr(empty_dsn)))
    await first.execute("CREATE TABLE a (b int)")

    async def is_connected() -> bool:
        sessions = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        found: int = await first.fetchval(sessions)
        return found > 1

    await eventually(is_connected)
    async with asyncio.timeout(DEADLINE):
        await first.execute("CREATE INDEX CONCURRENTLY ON a (b)")
    assert not waiting.done()
    await first.close()
    await waiting


async def test_the_previous_release_s_table_is_reported_as_missing(empty_dsn: str) -> None:
    connection = await asyncpg.connect(empty_dsn)
    await connection.execute(migrations.migrations()[0][1])
    await connection.close()
    async with open_pool(SecretStr(empty_dsn), options.POOL, size=1) as pool:
        with pytest.raises(TablesMissing, match="calendar_storer migrate"):
            await Repository(pool).probe()
