"""Brings the tables up to date: applies each SQL file of `migrations/` once, in order of name.

docs/adr/0002 says why this is not a library.
"""

from importlib import resources
from typing import Final

import asyncpg
import structlog
from pydantic import SecretStr

from calendar_api.database import options
from calendar_api.database.errors import translated_errors
from calendar_api.database.pool import connect

log = structlog.stdlib.get_logger(__name__)

# A second run waits here and then finds nothing to do.
LOCK: Final = "SELECT pg_advisory_xact_lock($1)"
CREATE_HISTORY: Final = f"""
CREATE TABLE IF NOT EXISTS {options.MIGRATION_HISTORY} (
    name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now()
)
"""
APPLIED: Final = f"SELECT name FROM {options.MIGRATION_HISTORY}"
RECORD: Final = f"INSERT INTO {options.MIGRATION_HISTORY} (name) VALUES ($1)"


async def run(dsn: SecretStr) -> None:
    """Applies what is missing, all of it or nothing.

    Raises:
        DatabaseUnavailable: PostgreSQL cannot be reached, or refuses.
    """
    seconds = options.POOL.connect_seconds
    with translated_errors():
        connection = await connect(dsn, seconds=seconds)
        try:
            async with connection.transaction():
                await _apply_missing(connection)
        finally:
            await connection.close(timeout=seconds)


async def _apply_missing(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    await connection.execute(LOCK, options.MIGRATION_LOCK)
    await connection.execute(CREATE_HISTORY)
    applied = {row["name"] for row in await connection.fetch(APPLIED)}
    for name, sql in migrations():
        if name in applied:
            continue
        await connection.execute(sql)
        await connection.execute(RECORD, name)
        log.info("migration_applied", migration=name)
    log.info("migrations_up_to_date", newly_applied=len(dict(migrations()).keys() - applied))


def migrations() -> list[tuple[str, str]]:
    """Name and SQL of every migration, in order."""
    files = (resources.files("calendar_api.database") / "migrations").iterdir()
    return sorted((f.name, f.read_text("utf-8")) for f in files if f.name.endswith(".sql"))
