"""`calendar_storer migrate` may run as often, and as often at once, as anybody likes."""

import asyncio

import asyncpg
import pytest
from pydantic import SecretStr

from calendar_storer.database import migrations, options
from calendar_storer.database.pool import open_pool
from calendar_storer.errors import TablesMissing
from calendar_storer.notifications import statements
from calendar_storer.notifications.repository import Repository

INSERT_OF_1_0 = """
INSERT INTO notifications (notification_id, event_id, title, event_date, user_id, notify_at)
VALUES (gen_random_uuid(), gen_random_uuid(), 'Dentist', now(), 'ann', now())
"""


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
    ]
    await connection.close()


async def test_every_query_can_be_prepared(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    all_statements = {name: sql for name, sql in vars(statements).items() if name.isupper()}
    assert all_statements
    for sql in all_statements.values():
        await connection.prepare(sql)
    await connection.close()


async def test_the_previous_release_stores_while_and_after_the_table_is_changed(
    empty_dsn: str,
) -> None:
    connection = await asyncpg.connect(empty_dsn)
    (_, first), *later = migrations.migrations()
    await connection.execute(first)
    insert = await connection.prepare(INSERT_OF_1_0)
    await insert.fetch()
    for _, sql in later:
        await connection.execute(sql)
    await insert.fetch()
    assert await connection.fetchval("SELECT count(*) FROM notifications") == 2
    await connection.close()


async def test_the_previous_release_s_table_is_reported_as_missing(empty_dsn: str) -> None:
    connection = await asyncpg.connect(empty_dsn)
    await connection.execute(migrations.migrations()[0][1])
    await connection.close()
    async with open_pool(SecretStr(empty_dsn), options.POOL, size=1) as pool:
        with pytest.raises(TablesMissing, match="calendar_storer migrate"):
            await Repository(pool).probe()
