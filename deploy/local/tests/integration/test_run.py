"""`run` and `stack`, with real servers and stand-ins for the services."""

import json
import re
import signal
import socket
import subprocess
import urllib.error
from datetime import UTC, datetime, timedelta

import pytest
from tests.integration.project import Project, get, psql, wait_for

from calendar_local.services import SERVICES


def test_a_run_from_its_start_to_its_end(project: Project) -> None:
    addresses = project.start()

    assert list(addresses) == [
        "API_URL",
        "SCHEDULER_URL",
        "STORER_URL",
        "DATABASE_DSN",
        "KAFKA_BOOTSTRAP_SERVERS",
    ]
    assert project.run_env.stat().st_mode & 0o777 == 0o600
    for service in SERVICES:
        port = project.environment[service.port_variable]
        assert addresses[service.url_variable] == f"http://127.0.0.1:{port}"
        given = get(addresses[service.url_variable])["environment"]
        assert given["CALENDAR_DATABASE__DSN"] == addresses["DATABASE_DSN"]

    assert project.end(signal.SIGINT) == 0
    assert not project.run_env.exists()
    assert project.processes() == []


def test_the_printed_curl_line_asks_for_a_reminder_in_five_seconds(project: Project) -> None:
    addresses = project.start()
    wait_for(lambda: "curl" in project.output.read_text(), what="the greeting")
    command = re.search(r"(?s)curl .*?\}'\n", project.output.read_text())
    assert command is not None

    before = datetime.now(UTC).replace(microsecond=0)  # as exact as `date` is
    subprocess.run(["sh", "-c", command.group()], check=True, capture_output=True)
    after = datetime.now(UTC)

    event = json.loads(get(addresses["API_URL"])["posted"][0])
    assert event["notify_before"] == "PT59M55S"
    due = datetime.fromisoformat(event["starts_at"]) - timedelta(minutes=59, seconds=55)
    assert before <= due - timedelta(seconds=5) <= after


def test_data_stays_and_a_second_run_or_clean_is_refused_meanwhile(project: Project) -> None:
    first = project.start("stack")
    assert list(first) == ["DATABASE_DSN", "KAFKA_BOOTSTRAP_SERVERS"]
    psql(first["DATABASE_DSN"], "CREATE TABLE kept AS SELECT 42 AS answer")

    for command in ("run", "stack", "clean"):
        refused = project.call(command)
        assert refused.returncode == 1
        assert "already running here" in refused.stdout
    assert project.call("sql", "TABLE kept").stdout.split()[2] == "42"
    assert project.end(signal.SIGTERM) == 0

    again = project.start("stack")
    assert psql(again["DATABASE_DSN"], "TABLE kept") == "42\n"
    assert project.end() == 0

    assert project.call("clean").returncode == 0
    assert not (project.root / ".local" / "postgres").exists()
    assert "make run" in project.call("sql").stdout


def test_a_run_that_was_killed_leaves_no_process_and_does_not_stop_the_next(
    project: Project,
) -> None:
    first = project.start("stack")
    psql(first["DATABASE_DSN"], "CREATE TABLE kept AS SELECT 42 AS answer")

    project.end(signal.SIGKILL)

    wait_for(lambda: project.processes() == [], what="the parts end with their parent")
    again = project.start("stack")
    assert psql(again["DATABASE_DSN"], "TABLE kept") == "42\n"


def test_a_part_that_ends_by_itself_is_named_and_takes_the_rest_with_it(project: Project) -> None:
    addresses = project.start()

    with pytest.raises((urllib.error.URLError, ConnectionError)):
        get(f"{addresses['STORER_URL']}/die")

    assert project.wait() == 1
    assert "storer ended by itself (exit code 3)" in project.output.read_text()
    assert "the last words of the stand-in" in project.output.read_text()
    assert project.processes() == []
    assert not project.run_env.exists()


def test_a_migration_that_fails_is_told_and_ends_the_run(project: Project) -> None:
    # The stand-in takes this variable for the wish to fail.
    failed = project.call("run", CALENDAR_LOG__LEVEL="debug")

    assert failed.returncode == 1
    assert "migrate failed (exit code 4)" in failed.stdout
    assert "    migrated" in failed.stdout
    assert project.processes() == []


def test_a_port_that_is_taken_is_named_before_anything_starts(project: Project) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        refused = project.call("run", SCHEDULER_PORT=str(port))

    assert refused.returncode == 1
    assert refused.stdout.startswith(f"Port {port} is taken by another program")
    assert "SCHEDULER_PORT" in refused.stdout


def test_a_service_that_is_not_installed_is_named(project: Project) -> None:
    SERVICES[0].program(project.root).unlink()

    refused = project.call("run")

    assert refused.returncode == 1
    assert "services/api/.venv/bin/calendar is missing" in refused.stdout
