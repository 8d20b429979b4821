"""A synchronous standby that is away: what is not replicated is not acknowledged, first or later.

The standby is one that PostgreSQL was told of and has never seen. A real one is in `faults`.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import requests
from tests.integration.client import User, event
from tests.integration.service import Service, migrate, serving, wait_until
from tests.integration.sql import Sql, connected, new_database

WAITING = """
SELECT pid FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'calendar' AND wait_event = 'SyncRep'
"""
CANCEL_WAITING = f"SELECT pg_cancel_backend(pid) FROM ({WAITING}) AS waiting"


class Standby:
    """One that the server's commits wait for, in one database only: other suites have others."""

    def __init__(self, admin: Sql, replicated: Sql) -> None:
        self._admin = admin
        self._replicated = replicated

    def go_away(self) -> None:
        """From now on commits wait."""
        self._set_names("nobody")
        wait_until(self._commits_wait, what="commits wait")

    def come_back(self) -> None:
        """Commits stop waiting for it."""
        self._set_names("")
        wait_until(lambda: not self._commits_wait(), what="commits do not wait")

    def _set_names(self, names: str) -> None:
        self._admin.run(f"ALTER SYSTEM SET synchronous_standby_names = '{names}'")
        self._admin.run("SELECT pg_reload_conf()")

    def _commits_wait(self) -> bool:
        # Sessions have read the setting when the checkpointer, which puts it into force, has not.
        return self._replicated.times_out(
            "SELECT pg_logical_emit_message(true, '', '')", seconds=0.2
        )


@pytest.fixture(scope="module")
def replicated(server: str) -> Iterator[str]:
    """A database whose commits wait, once the standby is away; nobody else's do."""
    with connected(server) as admin, new_database(server) as dsn:
        admin.run("ALTER SYSTEM SET synchronous_commit = local")
        admin.run("SELECT pg_reload_conf()")
        admin.run(f"ALTER DATABASE {urlsplit(dsn).path[1:]} SET synchronous_commit = on")
        migrate(dsn)
        try:
            yield dsn
        finally:
            admin.run("ALTER SYSTEM RESET synchronous_commit")
            admin.run("SELECT pg_reload_conf()")


@pytest.fixture(scope="module")
def its_service(replicated: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(replicated, tmp_path_factory.mktemp("replicated")) as service:
        service.wait_until_ready()
        yield service


@pytest.fixture
def user(its_service: Service) -> Iterator[User]:
    with User(its_service.url) as user:
        yield user


@pytest.fixture
def standby(server: str, replicated: str) -> Iterator[Standby]:
    with connected(server) as admin, connected(replicated) as in_replicated:
        standby = Standby(admin, in_replicated)
        yield standby
        standby.come_back()
        admin.run("ALTER SYSTEM RESET synchronous_standby_names")
        admin.run("SELECT pg_reload_conf()")


@pytest.fixture
def its_sql(replicated: str) -> Iterator[Sql]:
    with connected(replicated) as sql:
        yield sql


@pytest.fixture
def attempt(its_sql: Sql) -> Iterator[Callable[..., requests.Response]]:
    """Sends a request that waits for the standby, and cancels the wait as a time limit does."""
    with ThreadPoolExecutor(1) as thread:

        def attempted(user: User, method: str, path: str, **options: Any) -> requests.Response:
            answer = thread.submit(user.request, method, path, **options)
            wait_until(lambda: its_sql.rows(CANCEL_WAITING) or answer.done(), what="it waits")
            return answer.result(30)

        yield attempted


Attempt = Callable[..., requests.Response]

ONE = ("/v1/events", lambda: event(id=str(uuid4())))
BATCH = ("/v1/events/batch", lambda: {"events": [event(id=str(uuid4())) for _ in range(3)]})


@pytest.mark.parametrize(("path", "document"), [ONE, BATCH])
def test_a_create_is_not_acknowledged_because_it_is_found(
    user: User, standby: Standby, attempt: Attempt, path: str, document: Callable[[], Any]
) -> None:
    body = document()
    standby.go_away()

    for _ in range(3):
        answer = attempt(user, "POST", path, json=body)
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "1"

    standby.come_back()
    assert user.post(path, json=body).status_code == 200


@pytest.mark.parametrize(("path", "document"), [ONE, BATCH])
def test_a_create_is_not_refused_because_of_what_is_not_replicated(
    user: User, standby: Standby, attempt: Attempt, path: str, document: Callable[[], Any]
) -> None:
    body = document()
    standby.go_away()
    assert attempt(user, "POST", path, json=body).status_code == 503
    (body["events"][0] if "events" in body else body)["title"] = "Doctor"

    assert attempt(user, "POST", path, json=body).status_code == 503

    standby.come_back()
    assert user.post(path, json=body).status_code == 409


def test_a_batch_in_conflict_writes_nothing(user: User) -> None:
    taken = user.create()
    new = event(id=str(uuid4()))
    batch = {"events": [new, event(id=taken["id"], title="Doctor")]}
    assert user.post("/v1/events/batch", json=batch).status_code == 409
    assert user.get(f"/v1/events/{new['id']}").status_code == 404


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_delete_is_not_acknowledged_because_nothing_is_found(
    user: User, standby: Standby, attempt: Attempt, method: str
) -> None:
    path = f"/v1/events/{user.create()['id']}"
    standby.go_away()
    assert attempt(user, "DELETE", path).status_code == 503
    assert user.get(path).status_code == 404, "a read tells what this server has"

    body = {} if method == "DELETE" else {"json": event()}
    assert attempt(user, method, path, **body).status_code == 503

    standby.come_back()
    assert user.request(method, path, **body).status_code == 404


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_change_is_not_refused_because_of_one_that_is_not_replicated(
    user: User, standby: Standby, attempt: Attempt, method: str
) -> None:
    path = f"/v1/events/{user.create()['id']}"
    first = {"headers": {"If-Match": user.get(path).headers["ETag"]}}
    standby.go_away()
    assert attempt(user, "PATCH", path, json={"title": "x"}, **first).status_code == 503

    body = {} if method == "DELETE" else {"json": event(title="x")}
    assert attempt(user, method, path, **body, **first).status_code == 503

    standby.come_back()
    assert user.request(method, path, **body, **first).status_code == 412


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_write_that_changes_nothing_waits_for_what_it_finds(
    user: User, standby: Standby, attempt: Attempt, method: str
) -> None:
    path = f"/v1/events/{user.create()['id']}"
    standby.go_away()
    document = event(title="Doctor")
    for _ in range(2):
        assert attempt(user, method, path, json=document).status_code == 503

    standby.come_back()
    response = user.request(method, path, json=document)
    assert (response.status_code, response.json()["version"]) == (200, 2)


SERIES = event(time_zone="UTC", recurrence={"rule": "FREQ=DAILY;COUNT=3"})
SECOND = "2026-11-24T07:00:00"


@pytest.mark.parametrize(
    ("method", "path", "options"),
    [
        ("DELETE", f"/occurrences/{SECOND}", {}),
        ("DELETE", "", {"params": {"from": SECOND}}),
        ("POST", "/split", {"json": {"at": SECOND}}),
    ],
)
def test_an_occurrence_is_not_gone_because_of_what_is_not_replicated(  # noqa: PLR0917 - a table
    user: User,
    standby: Standby,
    attempt: Attempt,
    method: str,
    path: str,
    options: dict[str, Any],
) -> None:
    path = f"/v1/events/{user.create(**SERIES)['id']}{path}"
    standby.go_away()
    for _ in range(2):
        assert attempt(user, method, path, **options).status_code == 503

    standby.come_back()
    gone = user.request(method, path, **options)
    assert gone.status_code == 404
    assert gone.json()["type"] == "urn:calendar:problem:occurrence-not-found"


def test_the_last_occurrence_is_not_refused_because_of_what_is_not_replicated(
    user: User, standby: Standby, attempt: Attempt
) -> None:
    series = user.create(**SERIES | {"recurrence": {"rule": "FREQ=DAILY;COUNT=2"}})
    path = f"/v1/events/{series['id']}/occurrences/"
    standby.go_away()
    assert attempt(user, "DELETE", path + SECOND).status_code == 503
    assert attempt(user, "DELETE", path + "2026-11-23T07:00:00").status_code == 503

    standby.come_back()
    assert user.delete(path + "2026-11-23T07:00:00").status_code == 409


def test_a_split_is_not_acknowledged_because_it_is_found(
    user: User, standby: Standby, attempt: Attempt
) -> None:
    path = f"/v1/events/{user.create(**SERIES)['id']}/split"
    again: dict[str, Any] = {"json": {"at": SECOND}, "headers": {"Idempotency-Key": "one"}}
    standby.go_away()
    for _ in range(2):
        assert attempt(user, "POST", path, **again).status_code == 503

    standby.come_back()
    assert user.post(path, **again).status_code == 200


def test_the_service_s_own_time_limit_acknowledges_nothing(user: User, standby: Standby) -> None:
    body = event(id=str(uuid4()))
    standby.go_away()
    for _ in range(2):
        assert user.post("/v1/events", json=body).status_code == 503
    standby.come_back()
    assert user.post("/v1/events", json=body).status_code == 200


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_no_session_waits_for_the_standby_without_its_client(
    user: User, standby: Standby, its_sql: Sql, method: str
) -> None:
    path = f"/v1/events/{user.create()['id']}"
    standby.go_away()
    body = {} if method == "DELETE" else {"json": {"title": "x"}}
    assert user.request(method, path, **body).status_code == 503
    wait_until(lambda: not its_sql.rows(WAITING), what="nobody waits")
