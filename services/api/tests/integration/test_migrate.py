"""`calendar migrate` brings the tables up to date, as often and by as many as like to."""

import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.integration.service import migrate, refusing_port, run
from tests.integration.sql import Sql, connected

from calendar_api.database import migrations


@pytest.fixture
def empty(empty_database: str) -> Iterator[Sql]:
    with connected(empty_database) as sql:
        yield sql


def tables(sql: Sql) -> set[str]:
    rows = sql.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return {row["tablename"] for row in rows}


def applied(sql: Sql) -> list[str]:
    return [row["name"] for row in sql.rows("SELECT name FROM api_migrations ORDER BY name")]


def test_columns_of_both_tables_are_told_apart_by_their_names(
    empty_database: str, empty: Sql
) -> None:
    """Statements of previous releases read the two together, with columns that have no prefix."""
    migrate(empty_database)
    shared = empty.rows(
        "SELECT column_name FROM information_schema.columns WHERE table_name = 'events' "
        "INTERSECT "
        "SELECT column_name FROM information_schema.columns WHERE table_name = 'reminders'"
    )
    assert [row["column_name"] for row in shared] == ["user_id"]


def test_an_empty_database_gets_the_tables(empty_database: str, empty: Sql) -> None:
    migrate(empty_database)
    assert tables(empty) == {"api_migrations", "events", "reminders", "schedules"}
    assert applied(empty) == [name for name, _ in migrations.migrations()]


def test_a_second_time_changes_nothing(dsn: str, sql: Sql) -> None:
    sql.run(
        "INSERT INTO events (user_id, id, title, starts_at, ends_at)"
        " VALUES ('migrated', gen_random_uuid(), 'x', now(), now())"
    )
    before = sql.rows("SELECT * FROM api_migrations")
    migrate(dsn)
    assert sql.rows("SELECT * FROM api_migrations") == before
    assert sql.value("SELECT count(*) FROM events WHERE user_id = 'migrated'") == 1


def test_side_by_side(empty_database: str, empty: Sql) -> None:
    def run_one(_: int) -> subprocess.CompletedProcess[str]:
        return run("migrate", CALENDAR_DATABASE__DSN=empty_database)

    with ThreadPoolExecutor(2) as threads:
        runs = list(threads.map(run_one, range(2)))
    assert [done.returncode for done in runs] == [0, 0], [done.stderr for done in runs]
    assert sum('"migration_applied"' in done.stdout for done in runs) == 1
    assert applied(empty) == [name for name, _ in migrations.migrations()]


def test_a_database_that_is_away_ends_it_with_one_line() -> None:
    with refusing_port() as port:
        dsn = f"postgresql://ann:sesame@127.0.0.1:{port}/calendar"
        done = run("migrate", CALENDAR_DATABASE__DSN=dsn)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "sesame" not in done.stdout + done.stderr
