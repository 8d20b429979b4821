"""Brings the tables up to date: applies each SQL file of `migrations/` once, by order of name.

docs/adr/0002 says why this is not a library.
"""

from importlib import resources
from typing import Final

import asyncpg
import structlog

from calendar_api.config import Database
from calendar_api.database import CONNECT_SECONDS, TranslatedErrors

log = structlog.stdlib.get_logger(__name__)

# Whoever comes second waits here and then finds nothing to do. The number is the service's own.
LOCK: Final = "SELECT pg_advisory_xact_lock(7310214361)"
CREATE_HISTORY: Final = """
CREATE TABLE IF NOT EXISTS api_migrations (
    name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now()
)
"""
APPLIED: Final = "SELECT name FROM api_migrations"
RECORD: Final = "INSERT INTO api_migrations (name) VALUES ($1)"


async def run(settings: Database) -> None:
    """Applies what is missing, all of it or nothing.

    Raises:
        DatabaseUnavailable: PostgreSQL cannot be reached or does not let this role in.
    """
    with TranslatedErrors():
        connection = await asyncpg.connect(settings.dsn.get_secret_value(), timeout=CONNECT_SECONDS)
        try:
            async with connection.transaction():
                await _apply_missing(connection)
        finally:
            await connection.close(timeout=CONNECT_SECONDS)


async def _apply_missing(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    await connection.execute(LOCK)
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
    files = (resources.files("calendar_api") / "migrations").iterdir()
    return sorted((f.name, f.read_text("utf-8")) for f in files if f.name.endswith(".sql"))
