"""A database that is away or slow: 503 in time, nothing acknowledged is lost, then all is well."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import requests
from tests.integration.client import User, calls, event, timed
from tests.integration.proxy import Faults, proxied
from tests.integration.service import Service, migrate, serving, wait_until
from tests.integration.sql import Sql, connected, with_password

from calendar_api.database import options

LIMIT_SECONDS = 5.75
"""The contract's five, which the service's own limits keep, and some for a machine that pauses. Who
waited for one command more would take 6 s."""


def all_unavailable(user: User, id_: str) -> None:
    with ThreadPoolExecutor(7) as threads:
        answers = list(threads.map(lambda call: timed(user, *call), calls(id_)))
    for seconds, response in answers:
        assert response.status_code == 503
        assert response.headers["Retry-After"] == "1"
        assert response.headers["Content-Type"] == "application/problem+json"
        assert seconds < LIMIT_SECONDS


def outage_lines(service: Service) -> list[str]:
    """What the log says of outages."""
    return [line["event"] for line in service.log_lines() if line["logger"].endswith("outages")]


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
        # The planner's loops find out by themselves, a few seconds later.
        once = ["dependency_unavailable", "dependency_available"]
        wait_until(lambda: outage_lines(service) == once, what="the end of the outage in the log")

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

        wait_until(lambda: outage_lines(service) == once * 2, what="the end of the second outage")
        assert "Traceback" not in service.log_text()
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
            (line,) = service.log_lines("dependency_unavailable")
            assert line["address"] == urlsplit(through).netloc.rpartition("@")[2]
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
    assert seconds < options.POOL.command_seconds  # No dead connection was waited for.
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


def test_the_password_is_never_shown(
    dsn: str, far_service: tuple[Service, Faults], far: User
) -> None:
    """Not after all the outages, with every line that there is in the log."""
    service, faults = far_service
    faults.silent = True
    refused = far.post("/v1/events", json=event())
    assert service.answers("/readyz", 503)
    faults.silent = False
    service.wait_until_ready()
    assert refused.status_code == 503
    metrics = requests.get(f"{service.url}/metrics", timeout=30).text
    password = urlsplit(with_password(dsn)).password
    assert password
    assert password not in service.log_text() + metrics + refused.text
    assert service.log_lines("dependency_unavailable")
    assert service.log_lines("request_failed") == []
