"""Connections that die, the database's or the client's: nothing is lost, done twice or denied."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from http.client import HTTPConnection
from uuid import uuid4

import pytest
import requests
from tests.integration.client import User, calls, event
from tests.integration.proxy import Faults
from tests.integration.service import Service, wait_until
from tests.integration.sql import Sql

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
    for number in range(20):
        sql.rows(KILL)
        response = api.patch(f"/v1/events/{stored['id']}", json={"title": f"x{number}"})
        assert response.status_code in {200, 503}
        version += response.status_code == 200
    assert api.get(f"/v1/events/{stored['id']}").json()["version"] == version


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
    tag = far.get(path).headers["ETag"]
    before = faults.cuts
    faults.cut_after = b"COMMIT"
    body = None if method == "DELETE" else event(title="Doctor")
    response = far.request(method, path, json=body, headers={"If-Match": tag})
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
