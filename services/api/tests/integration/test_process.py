"""The process: how it ends, what it says, what it counts."""

import re
import socket
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from uuid import uuid4

import pytest
import requests
from tests.integration.client import User, event
from tests.integration.service import Service, refusing_port, run, serving, wait_until
from tests.integration.sql import Sql

from calendar_api import __version__

TZDATA = version("tzdata")
SAMPLE = re.compile(r"(\w+)\{(.*)\} ([0-9.e+-]+)")


def test_sigterm_finishes_what_is_in_hand(own_service: Service, sql: Sql) -> None:
    user = User(own_service.url)

    def write_until_the_end(_: int) -> list[str]:
        acknowledged: list[str] = []
        with requests.Session() as session:
            session.headers["X-User-Id"] = user.name
            while True:
                id_ = str(uuid4())
                try:
                    response = session.post(f"{user.url}/v1/events", json=event(id=id_), timeout=30)
                except requests.ConnectionError:
                    return acknowledged
                assert response.status_code == 201
                acknowledged.append(id_)

    with ThreadPoolExecutor(8) as threads:
        writers = [threads.submit(write_until_the_end, n) for n in range(8)]
        wait_until(lambda: len(own_service.log_lines("request")) > 50, what="under load")
        assert own_service.terminate() == 0
        acknowledged = [id_ for writer in writers for id_ in writer.result()]
    rows = sql.rows("SELECT id FROM events WHERE user_id = $1", user.name)
    assert {str(row["id"]) for row in rows} >= set(acknowledged)
    assert own_service.log_lines()[-1]["event"] == "service_stopped"
    assert "Traceback" not in own_service.log_text()


def test_sigterm_does_not_wait_for_idle_clients(own_service: Service) -> None:
    with socket.create_connection(("127.0.0.1", own_service.port)), requests.Session() as session:
        # Connections are taken in their order, so that it has both.
        assert session.get(f"{own_service.url}/healthz", timeout=30).status_code == 200
        assert own_service.terminate() == 0
    # Where it has waited, the server says whom it left in the end.
    assert {line["level"] for line in own_service.log_lines()} == {"info"}


def test_sigterm_while_the_database_is_away(tmp_path: Path) -> None:
    with (
        refusing_port() as nowhere,
        serving(f"postgresql://ann:sesame@127.0.0.1:{nowhere}/x", tmp_path) as service,
    ):
        assert service.answers("/readyz", 503)
        assert service.terminate() == 0
        assert "sesame" not in service.log_text()


def test_a_port_that_is_taken_ends_it(service: Service, dsn: str) -> None:
    done = run(CALENDAR_DATABASE__DSN=dsn, CALENDAR_HTTP__PORT=str(service.port))
    assert done.returncode == 2
    assert done.stderr == (
        f"calendar: http.port: cannot listen on 127.0.0.1:{service.port}: Address already in use;"
        " set another port in the file or as CALENDAR_HTTP__PORT\n"
    )
    assert "Traceback" not in done.stdout


def test_log_lines_are_json_with_stable_names(service: Service, api: User) -> None:
    response = api.get(f"/v1/events/{uuid4()}", headers={"X-Request-Id": "find-me-7"})
    assert response.status_code == 404

    def line() -> object:
        lines = service.log_lines("request")
        return [entry for entry in lines if entry["request_id"] == "find-me-7"]

    (entry,) = wait_until(line)
    assert entry["level"] == "info"
    assert entry["logger"] == "calendar_api.access"
    assert entry["path"] == response.request.path_url
    assert (entry["method"], entry["status"]) == ("GET", 404)
    assert entry["duration_ms"] > 0
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", entry["timestamp"])


def test_every_log_line_has_its_keys(service: Service) -> None:
    for line in service.log_lines():
        assert {"timestamp", "level", "logger", "event"} <= set(line)
        if line["logger"].startswith("calendar_api"):
            assert re.fullmatch("[a-z]+(_[a-z]+)*", line["event"])
    starting = service.log_lines("service_started")[0]
    assert (starting["version"], starting["port"]) == (__version__, service.port)
    assert starting["tzdata"] == TZDATA


def test_a_log_for_people(dsn: str, tmp_path: Path) -> None:
    with serving(dsn, tmp_path, CALENDAR_LOG__FORMAT="text") as service:
        service.wait_until_ready()
        text = service.log_text()
    assert "service_started" in text
    assert "{" not in text


def samples(service: Service) -> dict[tuple[str, str], float]:
    lines = requests.get(f"{service.url}/metrics", timeout=30).text.splitlines()
    matches = [match for line in lines if (match := SAMPLE.fullmatch(line))]
    return {(name, labels): float(value) for name, labels, value in (m.groups() for m in matches)}


def requests_counted(service: Service) -> dict[str, float]:
    return {
        labels: value
        for (name, labels), value in samples(service).items()
        if name == "http_requests_total"
    }


def test_requests_are_counted_by_route_and_status(own_service: Service) -> None:
    user = User(own_service.url)
    created = user.create()
    user.get(f"/v1/events/{created['id']}")
    user.get(f"/v1/events/{uuid4()}")
    user.get(f"/v1/events/{uuid4()}")
    user.get("/v1/events/day?date=2026-11-23")
    user.get("/v1/events/day?date=nonsense")
    own_service.announce("/v1/events", 2_000_000)
    expected = {
        'handler="/v1/events",method="POST",status="201"': 1,
        'handler="/v1/events/{event_id}",method="GET",status="200"': 1,
        'handler="/v1/events/{event_id}",method="GET",status="404"': 2,
        'handler="/v1/events/day",method="GET",status="200"': 1,
        'handler="/v1/events/day",method="GET",status="422"': 1,
        'handler="/v1/events",method="POST",status="413"': 1,
    }
    # What is refused unread is counted when it is over, which may be after its answer.
    wait_until(lambda: requests_counted(own_service) == expected, what="counted")
    buckets = {
        labels
        for name, labels in samples(own_service)
        if name == "http_request_duration_seconds_bucket" and "/v1/events/day" in labels
    }
    assert len(buckets) >= 10


def test_no_label_grows_with_what_clients_ask_for(service: Service, api: User) -> None:
    methods = ["GET", "PUT", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "MKCOL", "NONSENSE"]
    for method in methods:
        api.request(method, "/v1/events/day")
        api.request(method, "/nowhere")
    before = len(samples(service))
    for n in range(30):
        for method in methods:
            api.request(method, f"/nowhere/{n}")
        api.get(f"/v1/events/{n}")
        api.request("PUT", f"/v1/events/day{n}")
    after = samples(service)
    assert not [labels for _, labels in after if re.search("nowhere|NONSENSE", labels)]
    assert len(after) - before <= 60  # one more route, with its buckets


def test_the_pool_and_the_version_can_be_seen(service: Service, api: User) -> None:
    api.create()
    seen = samples(service)
    assert seen["calendar_api_build_info", f'version="{__version__}"'] == 1
    assert seen["calendar_api_tzdata_info", f'version="{TZDATA}"'] == 1
    name = "calendar_api_database_connections"
    assert 1 <= seen[name, 'state="idle"'] + seen[name, 'state="in_use"'] <= 10


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_probes_need_no_user_and_are_not_counted(service: Service, path: str) -> None:
    assert requests.get(service.url + path, timeout=30).status_code == 200
    assert path not in str(requests_counted(service))
