"""`run` and `stack`, with real servers and fake services."""

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


def greeting(project: Project) -> str:
    """Return what `run` prints once it is ready."""
    wait_for(lambda: "Ctrl-C" in project.output.read_text(), what="the greeting")
    return project.output.read_text()


def test_run_starts_and_stops_everything(project: Project) -> None:
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


def test_run_in_the_background_ends_on_the_printed_kill(project: Project) -> None:
    process = project.begin_in_background("run")
    wait_for(lambda: "`kill " in project.output.read_text(), what="the footer")
    assert f"`kill {process.pid}`" in project.output.read_text()

    assert project.end(signal.SIGTERM) == 0
    assert project.processes() == []
    assert not project.run_env.exists()


def test_printed_curl_command_creates_a_reminder_in_five_seconds(project: Project) -> None:
    addresses = project.start()
    command = re.search(r"(?s)curl -s .*?\}'\n", greeting(project))
    assert command is not None

    before = datetime.now(UTC).replace(microsecond=0)  # the precision of `date`
    subprocess.run(["sh", "-c", command.group()], check=True, capture_output=True)
    after = datetime.now(UTC)

    event = json.loads(get(addresses["API_URL"])["posted"][0])
    assert event["notify_before"] == "PT59M55S"
    due = datetime.fromisoformat(event["starts_at"]) - timedelta(minutes=59, seconds=55)
    assert before <= due - timedelta(seconds=5) <= after


def test_printed_stream_is_that_of_the_user_of_the_event(project: Project) -> None:
    addresses = project.start()

    streams = re.findall(r"curl -N (\S+) -H '(.+?)'", greeting(project))
    creates = re.findall(r"curl -s (\S+) -H '(.+?)'", greeting(project))

    assert streams == [(f"{addresses['STORER_URL']}/v1/notifications/stream", "X-User-Id: me")]
    assert creates == [(f"{addresses['API_URL']}/v1/events", "X-User-Id: me")]


def test_data_is_kept_and_second_run_is_rejected(project: Project) -> None:
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


def test_killed_run_leaves_no_process_and_can_be_restarted(
    project: Project,
) -> None:
    first = project.start("stack")
    psql(first["DATABASE_DSN"], "CREATE TABLE kept AS SELECT 42 AS answer")

    project.end(signal.SIGKILL)

    wait_for(lambda: project.processes() == [], what="the parts exit with their parent")
    again = project.start("stack")
    assert psql(again["DATABASE_DSN"], "TABLE kept") == "42\n"


def test_exit_of_a_part_is_reported_and_stops_the_rest(project: Project) -> None:
    addresses = project.start()

    with pytest.raises((urllib.error.URLError, ConnectionError)):
        get(f"{addresses['STORER_URL']}/die")

    assert project.wait() == 1
    assert "storer exited unexpectedly (exit code 3)" in project.output.read_text()
    assert "the last words of the stand-in" in project.output.read_text()
    assert project.processes() == []
    assert not project.run_env.exists()


def test_failed_migration_is_reported_and_stops_the_run(project: Project) -> None:
    # The fake service fails if this variable is set.
    failed = project.call("run", CALENDAR_LOG__LEVEL="debug")

    assert failed.returncode == 1
    assert "migrate failed (exit code 4)" in failed.stdout
    assert "    migrated" in failed.stdout
    assert project.processes() == []


def test_taken_port_is_reported_before_start(project: Project) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        refused = project.call("run", SCHEDULER_PORT=str(port))

    assert refused.returncode == 1
    assert refused.stdout.startswith(f"Port {port} is taken by another program")
    assert "SCHEDULER_PORT" in refused.stdout


def test_missing_service_is_reported(project: Project) -> None:
    SERVICES[0].program(project.root).unlink()

    refused = project.call("run")

    assert refused.returncode == 1
    assert "services/api/.venv/bin/calendar is missing" in refused.stdout
