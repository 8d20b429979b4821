"""A server that accepts no writes: the API is not ready, and writes again once another answers."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.integration.client import User, event
from tests.integration.service import migrate, run, serving, wait_until
from tests.integration.sql import Sql, connected

END_SESSIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1"


def set_read_only(admin: Sql, dsn: str, value: str) -> None:
    """For all sessions that begin from now on, as if a standby answered behind the address."""
    name = urlsplit(dsn).path[1:]
    admin.run(f"ALTER DATABASE {name} SET default_transaction_read_only = {value}")


@pytest.mark.parametrize("query", ["", "?target_session_attrs=any"])
def test_a_server_that_accepts_no_writes_is_left_for_one_that_does(
    server: str, empty_database: str, tmp_path: Path, query: str
) -> None:
    """With `any` the driver connects to it, and only its answers tell."""
    migrate(empty_database)
    with (
        serving(empty_database + query, tmp_path) as service,
        User(service.url) as user,
        connected(server) as admin,
    ):
        stored = user.create()
        set_read_only(admin, empty_database, "on")
        admin.rows(END_SESSIONS, urlsplit(empty_database).path[1:])
        wait_until(lambda: service.answers("/readyz", 503), what="not ready")
        refused = user.post("/v1/events", json=event())
        assert refused.status_code == 503
        assert refused.headers["Retry-After"] == "1"

        set_read_only(admin, empty_database, "off")
        service.wait_until_ready()
        assert user.patch_event(stored["id"], title="x")["version"] == 2


def test_tables_are_not_migrated_there(server: str, empty_database: str) -> None:
    with connected(server) as admin:
        set_read_only(admin, empty_database, "on")
        refused = run("migrate", CALENDAR_DATABASE__DSN=empty_database)
        assert refused.returncode == 1
        assert "no server accepts writes" in refused.stderr

        set_read_only(admin, empty_database, "off")
        migrate(empty_database)
