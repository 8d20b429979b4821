"""The command line and the settings, as an operator meets them: a real process each time."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from calendar_storer import __version__

DSN = "postgresql://ann:s3cret@127.0.0.1:1/calendar"
SECTIONS = f"database: {{dsn: '{DSN}'}}\nkafka: {{bootstrap_servers: '127.0.0.1:1'}}\n"


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CALENDAR_")}
    return subprocess.run(
        [sys.executable, "-m", "calendar_storer", *arguments],
        env=clean | environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_version() -> None:
    finished = run("--version")
    assert (finished.returncode, finished.stdout) == (0, f"calendar_storer {__version__}\n")


def test_version_imports_no_library() -> None:
    program = "import sys, calendar_storer.cli; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert {"asyncpg", "pydantic", "structlog", "yaml"} & set(done.stdout.split()) == set()


def test_help_of_migrate_stands_alone() -> None:
    done = run("migrate", "--help")
    assert done.returncode == 0
    assert "settings, a YAML file" in done.stdout
    assert "safe to run again, and by several processes at the same time" in done.stdout
    assert re.findall(r"^  (\S+) +CALENDAR_", done.stdout, re.MULTILINE) == [
        "database.dsn",
        "log.level",
        "log.format",
    ]
    assert re.findall(r"^  ([0-9])  \w", done.stdout, re.MULTILINE) == ["0", "1", "2"]


def test_help_names_the_commands() -> None:
    finished = run("--help")
    assert finished.returncode == 0
    assert "--config PATH" in finished.stdout
    assert "migrate" in finished.stdout


@pytest.mark.parametrize(
    ("content", "key"),
    [
        ("", "database"),
        ("kafka: {bootstrap_servers: 'k:9092'}", "database"),
        (f"database: {{dsn: '{DSN}'}}", "kafka"),
        (SECTIONS + "htpp: {}", "htpp"),
        (SECTIONS + "http: {prot: 1}", "http.prot"),
        (SECTIONS + "http: {port: 70000}", "http.port"),
        (SECTIONS + "storer: {batch_size: 0}", "storer.batch_size"),
        ("- 1", "sections"),
        ("a: [", "not YAML"),
    ],
)
def test_settings_that_cannot_be_used(content: str, key: str, tmp_path: Path) -> None:
    path = tmp_path / "storer.yaml"
    path.write_text(content)
    finished = run("--config", str(path))
    assert finished.returncode == 2
    assert key in finished.stderr
    assert finished.stderr.count("\n") == 1
    assert "s3cret" not in finished.stderr + finished.stdout


def test_a_missing_file() -> None:
    finished = run("--config", "/nowhere/storer.yaml")
    assert finished.returncode == 2
    assert "/nowhere/storer.yaml" in finished.stderr


def test_an_unknown_variable(tmp_path: Path) -> None:
    path = tmp_path / "storer.yaml"
    path.write_text(SECTIONS)
    finished = run("--config", str(path), CALENDAR_DATABSE__DSN=DSN)
    assert finished.returncode == 2
    assert "CALENDAR_DATABSE__DSN" in finished.stderr


def test_a_host_of_another_machine(tmp_path: Path) -> None:
    path = tmp_path / "storer.yaml"
    path.write_text(SECTIONS + "http: {host: 203.0.113.1}")
    finished = run("--config", str(path))
    assert finished.returncode == 2
    assert "http.host: cannot listen on 203.0.113.1:8082" in finished.stderr


def test_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        finished = run(
            CALENDAR_DATABASE__DSN=DSN,
            CALENDAR_KAFKA__BOOTSTRAP_SERVERS="127.0.0.1:1",
            CALENDAR_HTTP__PORT=port,
        )
    assert (finished.returncode, finished.stdout) == (2, "")
    assert finished.stderr == (
        f"calendar_storer: http.port: cannot listen on 127.0.0.1:{port}: Address already in use;"
        " set another port in the file or as CALENDAR_HTTP__PORT\n"
    )


def test_migrate_needs_a_database_alone_and_says_in_one_line_that_it_is_away() -> None:
    finished = run("migrate", CALENDAR_DATABASE__DSN=DSN)
    assert finished.returncode == 1
    assert finished.stderr.startswith(
        "calendar_storer: the database at 127.0.0.1:1 is unavailable: [Errno 111] Connect"
    )
    assert finished.stderr.count("\n") == 1
    assert "s3cret" not in finished.stdout


@pytest.mark.parametrize("command", [[], ["migrate"]])
def test_a_certificate_that_is_not_there(command: list[str], tmp_path: Path) -> None:
    path = tmp_path / "storer.yaml"
    path.write_text(SECTIONS)
    dsn = f"{DSN}?sslmode=verify-full&sslrootcert={tmp_path}/none.pem"
    finished = run("--config", str(path), *command, CALENDAR_DATABASE__DSN=dsn)
    assert finished.returncode == 2
    assert finished.stderr.startswith("calendar_storer: database.dsn: cannot be used: No such file")
    assert finished.stderr.count("\n") == 1
    assert "s3cret" not in finished.stderr + finished.stdout
