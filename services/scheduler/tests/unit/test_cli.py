import os
import socket
import subprocess
import sys
from pathlib import Path

from calendar_scheduler import __version__


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "calendar_scheduler", *arguments],
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_version() -> None:
    finished = run("--version")

    assert (finished.returncode, finished.stdout) == (0, f"calendar_scheduler {__version__}\n")


def test_version_imports_no_library() -> None:
    program = "import sys, calendar_scheduler.cli; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert {"asyncpg", "pydantic", "structlog", "yaml"} & set(done.stdout.split()) == set()


def test_help_names_the_option() -> None:
    finished = run("--help")

    assert finished.returncode == 0
    assert "--config PATH" in finished.stdout


def test_wrong_settings_end_with_2_and_one_line(tmp_path: Path) -> None:
    for arguments, environment, message in (
        ((), {}, "CALENDAR_DATABASE__DSN"),
        (("--config", str(tmp_path / "none.yaml")), {}, "none.yaml: No such file"),
        ((), {"CALENDAR_COLOUR": "red"}, "CALENDAR_COLOUR"),
    ):
        finished = run(*arguments, **environment)
        assert finished.returncode == 2
        assert message in finished.stderr
        assert finished.stderr.count("\n") == 1
        assert finished.stdout == ""


def test_a_taken_port_ends_with_2_and_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        finished = run(
            CALENDAR_DATABASE__DSN="postgresql://calendar:hunter2@127.0.0.1:1/calendar",
            CALENDAR_KAFKA__BOOTSTRAP_SERVERS="127.0.0.1:1",
            CALENDAR_HTTP__PORT=port,
        )

    assert (finished.returncode, finished.stdout) == (2, "")
    assert finished.stderr == (
        f"calendar_scheduler: http.port: cannot listen on 127.0.0.1:{port}: Address already in use;"
        " set another port in the file or as CALENDAR_HTTP__PORT\n"
    )


def test_a_dsn_that_no_driver_reads_is_refused_without_its_password() -> None:
    finished = run(
        CALENDAR_DATABASE__DSN="postgresql://calendar:hunter2@db:port/calendar",
        CALENDAR_KAFKA__BOOTSTRAP_SERVERS="kafka:9092",
        CALENDAR_HTTP__PORT="0",
    )

    assert finished.returncode == 2
    assert "database.dsn: " in finished.stderr
    assert "hunter2" not in finished.stderr + finished.stdout
