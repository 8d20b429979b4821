"""A database that is away or slow: 503 in time, nothing acknowledged is lost, then all is well."""

import json
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest
import requests
from tests.integration.client import User, event
from tests.integration.proxy import Faults, proxied
from tests.integration.service import Service, migrate, serving, wait_until
from tests.integration.sql import Sql, connected

from calendar_api.database import COMMAND_SECONDS

LIMIT_SECONDS = 5.75
"""The contract's five, which the service's own limits keep, and some for a machine that pauses. Who
waited for one command more would take 6 s."""


@pytest.fixture(scope="module")
def far_service(
    dsn: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Service, Faults]]:
    """An API whose database is behind a network that can fail."""
    with (
        proxied(_with_password(dsn)) as (through, faults),
        serving(through, tmp_path_factory.mktemp("far"), CALENDAR_LOG__LEVEL="debug") as service,
    ):
        service.wait_until_ready()
        yield service, faults


def _with_password(dsn: str) -> str:
    """The same address; a server that asks for no password takes any."""
    address = urlsplit(dsn)
    if address.password:
        return dsn
    netloc = f"{address.username}:sesame@{address.hostname}:{address.port}"
    return address._replace(netloc=netloc).geturl()


@pytest.fixture
def faults(far_service: tuple[Service, Faults]) -> Iterator[Faults]:
    _, faults = far_service
    yield faults
    faults.silent = False
    faults.silent_from = faults.cut_after = None
    faults.delay = 0.0
    wait_until(lambda: far_service[0].answers("/readyz", 200), what="ready again")


@pytest.fixture
def far(far_service: tuple[Service, Faults]) -> Iterator[User]:
    with User(far_service[0].url) as user:
        yield user


def calls(id_: str) -> list[tuple[str, str, dict[str, Any] | None]]:
    path = f"/v1/events/{id_}"
    return [
        ("GET", path, None),
        ("GET", "/v1/events/day?date=2026-11-23", None),
        ("POST", "/v1/events", event()),
        ("POST", "/v1/events/batch", {"events": [event(), event()]}),
        ("PUT", path, event(title="x")),
        ("PATCH", path, {"title": "x"}),
        ("DELETE", path, None),
    ]


def timed(user: User, method: str, path: str, body: Any) -> tuple[float, requests.Response]:
    # Each with a connection of its own: they run side by side.
    started = time.monotonic()
    response = requests.request(
        method, user.url + path, json=body, headers={"X-User-Id": user.name}, timeout=30
    )
    return time.monotonic() - started, response


def all_unavailable(user: User, id_: str) -> None:
    with ThreadPoolExecutor(7) as threads:
        answers = list(threads.map(lambda call: timed(user, *call), calls(id_)))
    for seconds, response in answers:
        assert response.status_code == 503
        assert response.headers["Retry-After"] == "1"
        assert response.headers["Content-Type"] == "application/problem+json"
        assert seconds < LIMIT_SECONDS


def test_an_outage(server: str, empty_database: str, tmp_path: Path) -> None:
    """From the start without tables, through an outage, to the recovery."""
    name = urlsplit(empty_database).path[1:]
    with (
        serving(empty_database, tmp_path) as service,
        User(service.url) as user,
        connected(server) as admin,
    ):
        assert service.answers("/readyz", 503)
        assert user.post("/v1/events", json=event()).status_code == 503
        migrate(empty_database)
        assert service.answers("/readyz", 200)
        stored = user.create()

        admin.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        terminate = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1"
        admin.rows(terminate, name)
        all_unavailable(user, stored["id"])
        assert service.answers("/healthz", 200)
        assert service.answers("/readyz", 503)
        assert requests.get(f"{service.url}/metrics", timeout=30).status_code == 200

        admin.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        assert user.get(f"/v1/events/{stored['id']}").json() == stored
        assert service.answers("/readyz", 200)

        assert "Traceback" not in service.log_text()
        told = [line["event"] for line in service.log_lines() if line["logger"].endswith("health")]
        assert told == ["waiting_for_database", "ready", "waiting_for_database", "ready"]
        refused = [line for line in service.log_lines("request") if line["status"] == 503]
        assert len(refused) == 8
        assert all(line["unavailable"] for line in refused)


def test_it_starts_before_its_database_and_becomes_ready(tmp_path: Path, dsn: str) -> None:
    with proxied(dsn) as (through, faults):
        faults.silent = True
        with serving(through, tmp_path) as service:
            assert service.answers("/healthz", 200)
            assert service.answers("/readyz", 503)
            faults.silent = False
            service.wait_until_ready()
            assert len(service.log_lines("waiting_for_database")) == 1
            assert "Traceback" not in service.log_text()


def test_a_network_that_drops_everything(
    far: User, faults: Faults, far_service: tuple[Service, Faults]
) -> None:
    stored = far.create()
    faults.silent = True
    all_unavailable(far, stored["id"])
    assert far_service[0].answers("/healthz", 200)
    faults.silent = False
    seconds, response = timed(far, "GET", f"/v1/events/{stored['id']}", None)
    assert response.status_code == 200
    assert seconds < COMMAND_SECONDS  # No dead connection was waited for.
    assert far.create()["version"] == 1


def test_more_requests_than_connections_while_the_network_is_silent(
    far: User, faults: Faults
) -> None:
    faults.silent = True
    with ThreadPoolExecutor(40) as threads:
        create = ("POST", "/v1/events", event())
        answers = list(threads.map(lambda _: timed(far, *create), range(40)))
    assert {response.status_code for _, response in answers} == {503}
    assert max(seconds for seconds, _ in answers) < LIMIT_SECONDS
    faults.silent = False
    assert far.create()["version"] == 1


KILL = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'calendar'
"""


def test_reads_and_creates_do_not_notice_that_connections_die(api: User, sql: Sql) -> None:
    """Even where they find the connection before the driver has heard of its end."""
    id_ = api.create()["id"]
    for _ in range(20):
        for method, path, body in calls(id_)[:4]:
            sql.rows(KILL)
            response = api.request(method, path, json=body)
            assert response.status_code in {200, 201}, (method, path, response.text)


def test_changes_do_not_notice_that_connections_have_died(
    service: Service, api: User, sql: Sql
) -> None:
    def open_connections() -> float:
        metrics = requests.get(f"{service.url}/metrics", timeout=30).text
        counts = re.findall(r"calendar_api_database_connections\{.*\} (.*)", metrics)
        return sum(float(count) for count in counts)

    id_ = api.create()["id"]
    for method, path, body in calls(id_)[4:]:
        sql.rows(KILL)
        wait_until(lambda: open_connections() == 0, what="heard of it")
        assert api.request(method, path, json=body).status_code in {200, 204}


def test_a_change_that_finds_a_dying_connection_is_made_or_refused(api: User, sql: Sql) -> None:
    stored = api.create()
    version = stored["version"]
    for _ in range(20):
        sql.rows(KILL)
        response = api.patch(f"/v1/events/{stored['id']}", json={"title": "x"})
        assert response.status_code in {200, 503}
        version += response.status_code == 200
    assert api.get(f"/v1/events/{stored['id']}").json()["version"] == version


@contextmanager
def locked(dsn: str, id_: str) -> Iterator[Sql]:
    """Somebody else holds the event's row, and does not let go."""
    with connected(dsn) as other:
        other.run("BEGIN")
        other.rows("SELECT FROM events WHERE id = $1 FOR UPDATE", UUID(id_))
        yield other
        other.run("ROLLBACK")


def test_an_event_that_somebody_holds(api: User, dsn: str) -> None:
    held, free = api.create()["id"], api.create()["id"]
    with locked(dsn, held):
        with ThreadPoolExecutor(3) as threads:
            writes = [call for call in calls(held) if call[0] in {"PUT", "PATCH", "DELETE"}]
            answers = list(threads.map(lambda call: timed(api, *call), writes))
        for seconds, response in answers:
            assert response.status_code == 503
            assert "Retry-After" in response.headers
            assert seconds < LIMIT_SECONDS
        # Reads do not wait, nor does another event.
        assert api.get(f"/v1/events/{held}").status_code == 200
        assert api.patch_event(free, title="x")["version"] == 2
    assert api.patch_event(held, title="x")["version"] == 2


def test_a_network_that_fails_after_a_long_wait(far: User, faults: Faults) -> None:
    """The worst case: the request waits for slow answers first, and then for a silent server."""
    id_ = far.create()["id"]
    faults.delay = 0.6  # of BEGIN and of the lock
    faults.silent_from = b"Doctor"  # in the UPDATE, which comes after them
    seconds, response = timed(far, "PATCH", f"/v1/events/{id_}", {"title": "Doctor"})
    assert faults.silent
    assert response.status_code == 503
    assert seconds < LIMIT_SECONDS
    faults.delay, faults.silent = 0.0, False
    assert far.patch_event(id_, title="Doctor")["version"] == 2


def test_a_create_whose_answer_is_lost(far: User, faults: Faults, sql: Sql) -> None:
    """The statement reached PostgreSQL and was committed; the connection died before the answer."""
    for _ in range(3):
        far.get(f"/v1/events/{uuid4()}")  # there is a connection, with its statements
    title = f"lost-{uuid4()}"
    before = faults.cuts
    faults.cut_after = title.encode()
    response = far.post("/v1/events", json=event(title=title))
    assert faults.cuts == before + 1
    assert response.status_code == 201
    assert sql.value("SELECT count(*) FROM events WHERE title = $1", title) == 1
    stored = response.json()
    again = far.post("/v1/events", json=event(title=title, id=stored["id"]))
    assert again.status_code == 200
    assert again.json() == stored


def test_a_batch_whose_commit_is_in_doubt(far: User, faults: Faults, sql: Sql) -> None:
    before = faults.cuts
    faults.cut_after = b"COMMIT"
    events = [event(id=str(uuid4())) for _ in range(3)]
    response = far.post("/v1/events/batch", json={"events": events})
    assert faults.cuts == before + 1
    assert response.status_code == 201
    assert sql.value("SELECT count(*) FROM events WHERE user_id = $1", far.name) == 3


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_change_whose_commit_is_in_doubt_is_not_denied(
    far: User, faults: Faults, method: str
) -> None:
    """Carried out or 503: never a 404 or 412 for what the call itself has done."""
    path = f"/v1/events/{far.create()['id']}"
    before = faults.cuts
    faults.cut_after = b"COMMIT"
    body = None if method == "DELETE" else event(title="Doctor")
    response = far.request(method, path, json=body, headers={"If-Match": '"1"'})
    assert faults.cuts == before + 1
    assert response.status_code in {200, 204, 503}
    after = far.get(path)
    assert after.status_code == 404 if method == "DELETE" else after.json()["title"] == "Doctor"


def test_clients_that_go_away_leave_nothing_behind(service: Service, api: User, sql: Sql) -> None:
    def go_away(n: int) -> None:
        # Once it is sent: where the service is with it by then is another place each time.
        with closing(HTTPConnection("127.0.0.1", service.port, timeout=30)) as connection:
            body = json.dumps({"events": [event(title=f"{n}")] * 50})
            headers = {
                "Content-Type": "application/json",
                "X-User-Id": api.name,
                "X-Request-Id": f"gone-{n}",
            }
            connection.request("POST", "/v1/events/batch", body, headers)
            connection.sock.settimeout(0.001)
            with suppress(TimeoutError):
                connection.getresponse()

    def over() -> int:
        lines = service.log_lines("request")
        return len([line for line in lines if line["request_id"].startswith("gone-")])

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(go_away, range(200)))
    wait_until(lambda: over() == 200, what="all over")
    assert api.create()["version"] == 1
    idle = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name = 'calendar' AND state LIKE 'idle in transaction%'"
    )
    wait_until(lambda: sql.value(idle) == 0, what="no transaction left open")
    # Whole batches or none, and the one event above.
    assert sql.value("SELECT count(*) % 50 FROM events WHERE user_id = $1", api.name) == 1
    assert service.answers("/readyz", 200)


def test_the_password_is_never_shown(
    dsn: str, far_service: tuple[Service, Faults], far: User
) -> None:
    """Not after all the outages above, with every line that there is in the log."""
    service, faults = far_service
    faults.silent = True
    refused = far.post("/v1/events", json=event())
    assert service.answers("/readyz", 503)
    faults.silent = False
    service.wait_until_ready()
    assert refused.status_code == 503
    metrics = requests.get(f"{service.url}/metrics", timeout=30).text
    password = urlsplit(_with_password(dsn)).password
    assert password
    assert password not in service.log_text() + metrics + refused.text
    assert service.log_lines("waiting_for_database")
    assert service.log_lines("request_failed") == []
