"""`calendar_storer migrate` may run as often, and as often at once, as anybody likes."""

import asyncio

import asyncpg
from pydantic import SecretStr

from calendar_storer.database import migrations
from calendar_storer.notifications import statements


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
    ]
    await connection.close()


async def test_every_query_can_be_prepared(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    all_statements = {name: sql for name, sql in vars(statements).items() if name.isupper()}
    assert all_statements
    for sql in all_statements.values():
        await connection.prepare(sql)
    await connection.close()
