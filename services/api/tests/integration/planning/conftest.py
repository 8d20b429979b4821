"""A database that no running API plans in."""

from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest
from pydantic import SecretStr
from tests.integration.planning.rig import Rig
from tests.integration.sql import new_database

from calendar_api.database import migrations, options
from calendar_api.database.pool import open_pool


@pytest.fixture(scope="session")
def tables(server: str) -> Iterator[str]:
    """The DSN of a database without a service."""
    with new_database(server) as dsn:
        yield dsn


@pytest.fixture(scope="session")
async def migrated(tables: str) -> str:
    """The same, with tables."""
    await migrations.run(SecretStr(tables))
    return tables


@pytest.fixture
async def rig(migrated: str) -> AsyncIterator[Rig]:
    """Empty tables for one test."""
    sql = await asyncpg.connect(migrated, server_settings={"timezone": "UTC"})
    try:
        await sql.execute("TRUNCATE events CASCADE")
        async with open_pool(SecretStr(migrated), options.POOL, size=4) as pool:
            yield Rig(pool, sql)
    finally:
        await sql.close()
