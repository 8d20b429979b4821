"""Brings the tables up to date: applies each SQL file of `migrations/` once, in order of name.

docs/adr/0002 says why this is not a library.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import resources
from typing import Final

import asyncpg
import structlog
from pydantic import SecretStr

from calendar_api.database import options
from calendar_api.database.errors import translated_errors
from calendar_api.database.pool import connect

log = structlog.stdlib.get_logger(__name__)

CONCURRENTLY: Final = ".concurrently.sql"
"""The end of the name of a file that PostgreSQL does not run in a transaction: one that builds an
index beside writes. What it does must be safe to do again, should it be interrupted: it drops the
index first, which an interrupted build leaves behind, invalid."""

TRY_LOCK: Final = "SELECT pg_try_advisory_xact_lock($1)"
TRY_SECONDS: Final = 0.2
# An index may take hours.
HOLD_LOCK: Final = "SET LOCAL idle_in_transaction_session_timeout = 0"
CREATE_HISTORY: Final = f"""
CREATE TABLE IF NOT EXISTS {options.MIGRATION_HISTORY} (
    name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now()
)
"""
APPLIED: Final = f"SELECT name FROM {options.MIGRATION_HISTORY}"
RECORD: Final = f"INSERT INTO {options.MIGRATION_HISTORY} (name) VALUES ($1)"


async def run(dsn: SecretStr) -> None:
    """Applies what is missing, one file after the other.

    Raises:
        DatabaseUnavailable: PostgreSQL cannot be reached, or refuses. What was applied before
            stays, and another run continues from there.
    """
    with translated_errors():
        async with _locked(dsn), _connected(dsn) as connection:
            await connection.execute(CREATE_HISTORY)
            applied = {row["name"] for row in await connection.fetch(APPLIED)}
            missing = [(name, sql) for name, sql in migrations() if name not in applied]
            for name, sql in missing:
                await apply(connection, name, sql)
                log.info("migration_applied", migration=name)
    log.info("migrations_up_to_date", newly_applied=len(missing))


async def apply(connection: "asyncpg.Connection[asyncpg.Record]", name: str, sql: str) -> None:
    """Applies one file, and records that it is applied."""
    if name.endswith(CONCURRENTLY):
        # PostgreSQL runs several statements that are sent at once in a transaction.
        for statement in filter(str.strip, sql.split(";\n")):
            await connection.execute(statement)
        await connection.execute(RECORD, name)
        return
    async with connection.transaction():
        await connection.execute(sql)
        await connection.execute(RECORD, name)


@asynccontextmanager
async def _locked(dsn: SecretStr) -> AsyncIterator[None]:
    """Of several runs, one is in this block; the others wait, and then find nothing to do.

    The lock is that of a transaction on a connection of its own: files that run in no transaction
    need it, too, and a pooler may give out sessions anew. CREATE INDEX CONCURRENTLY waits for the
    snapshots of all others, so neither who has the lock nor who waits for it keeps one: the driver
    keeps that of the last query until the next statement.
    """
    async with _connected(dsn) as connection:
        await connection.execute("BEGIN")
        while not await connection.fetchval(TRY_LOCK, options.MIGRATION_LOCK):
            await connection.execute("ROLLBACK")
            await asyncio.sleep(TRY_SECONDS)
            await connection.execute("BEGIN")
        await connection.execute(HOLD_LOCK)
        yield


@asynccontextmanager
async def _connected(dsn: SecretStr) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    seconds = options.POOL.connect_seconds
    connection = await connect(dsn, seconds=seconds)
    try:
        yield connection
    finally:
        await connection.close(timeout=seconds)


def migrations() -> list[tuple[str, str]]:
    """Name and SQL of every migration, in order."""
    files = (resources.files("calendar_api.database") / "migrations").iterdir()
    return sorted((f.name, f.read_text("utf-8")) for f in files if f.name.endswith(".sql"))
