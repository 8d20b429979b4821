"""The Scheduler's tests use a copy of the API's tables: the API's migrations must agree with it."""

import asyncio
from pathlib import Path

from tests.integration.project import psql

from calendar_local.layout import Layout
from calendar_local.postgres import Postgres

SERVICES = Path(__file__).parents[4] / "services"
SCHEMA = (SERVICES / "scheduler/tests/schema.sql").read_text()
MIGRATIONS = sorted((SERVICES / "api/src/calendar_api").rglob("migrations/*.sql"))

# One line for each column, key and index of the tables.
STRUCTURE = """
SELECT format('%s.%s %s %s', attrelid::regclass, attname, format_type(atttypid, atttypmod),
              CASE WHEN attnotnull THEN 'NOT NULL' END)
FROM pg_attribute
WHERE attrelid IN ('events'::regclass, 'reminders'::regclass) AND attnum > 0 AND NOT attisdropped
UNION ALL
SELECT format('%s %s', conrelid::regclass, pg_get_constraintdef(oid))
FROM pg_constraint
WHERE conrelid IN ('events'::regclass, 'reminders'::regclass) AND contype IN ('p', 'f')
UNION ALL
SELECT indexdef FROM pg_indexes WHERE tablename IN ('events', 'reminders')
"""


def structure(postgres: Postgres, name: str, *scripts: str) -> set[str]:
    psql(postgres.dsn, f"CREATE DATABASE {name}")
    dsn = postgres.dsn.removesuffix("calendar") + name
    for script in scripts:
        psql(dsn, script)
    return set(psql(dsn, STRUCTURE).splitlines())


def test_migrations_create_what_the_scheduler_relies_on(tmp_path: Path) -> None:
    async def compare() -> None:
        postgres = Postgres(Layout(tmp_path), throw_away=True)
        try:
            await postgres.start()
            consumed = structure(postgres, "consumed", SCHEMA)
            migrated = structure(postgres, "migrated", *(path.read_text() for path in MIGRATIONS))
        finally:
            await postgres.stop()
        assert len(consumed) > 15
        assert consumed - migrated == set()

    asyncio.run(compare())
