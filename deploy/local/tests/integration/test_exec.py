"""`exec`: a command with a temporary system."""

import json
import signal
import sys
from pathlib import Path

import pytest
from tests.integration.project import Project, wait_for

from calendar_local.postgres import BINARIES

PRINT_ENVIRONMENT = "import json, os; print(json.dumps(dict(os.environ)))"


@pytest.fixture
def temporary(project: Project) -> Path:
    """The folder in which `exec` creates its temporary folder."""
    folder = project.root / "temporary"
    folder.mkdir()
    project.environment["TMPDIR"] = str(folder)
    return folder


def test_command_has_servers_and_its_exit_code_is_returned(
    project: Project, temporary: Path
) -> None:
    script = f"{sys.executable} -c '{PRINT_ENVIRONMENT}'; sleep 600 & exit 7"

    done = project.call("exec", "--", "sh", "-c", script)

    assert done.returncode == 7
    environment = json.loads(done.stdout)
    assert environment["DATABASE_DSN"].startswith("postgresql://calendar:")
    assert environment["KAFKA_BOOTSTRAP_SERVERS"].startswith("127.0.0.1:")
    assert "API_URL" not in environment
    assert list(temporary.iterdir()) == []
    assert project.processes() == []


def test_services_have_addresses_and_kept_logs(project: Project, temporary: Path) -> None:
    script = """
import os, urllib.request
for name in ("API_URL", "SCHEDULER_URL", "STORER_URL"):
    assert urllib.request.urlopen(os.environ[name] + "/readyz").status == 200
"""
    logs = project.root / "kept"

    done = project.call(
        "exec", "--services", "--logs", str(logs), "--", sys.executable, "-c", script
    )

    assert done.returncode == 0, done.stderr
    assert "GET /readyz" in (logs / "scheduler.log").read_text()
    assert list(temporary.iterdir()) == []
    assert project.processes() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_is_forwarded_and_everything_is_removed(
    project: Project, temporary: Path, number: signal.Signals
) -> None:
    script = f"trap 'exit {int(number)}' {number.name.removeprefix('SIG')}; touch begun; sleep 600"
    project.begin("exec", "--", "sh", "-c", f"{script} & wait")
    wait_for((project.root / "begun").exists, what="the command has begun")

    assert project.end(number) in {int(number), 128 + int(number)}

    assert list(temporary.iterdir()) == []
    assert project.processes() == []


# Its first argument is -D.
ENDLESS_INITDB = """#!/bin/sh
mkdir "$2"
while :; do sleep 1; done
"""
# Runs before `calendar_local` if it is on the module path.
REPLACE_BINARIES = """
from pathlib import Path
from calendar_local import postgres
postgres.BINARIES = Path(__file__).parent
"""


def test_signal_during_initdb_removes_everything(project: Project, temporary: Path) -> None:
    programs = project.root / "programs"
    programs.mkdir()
    (programs / "postgres").symlink_to(BINARIES / "postgres")
    (programs / "initdb").write_text(ENDLESS_INITDB)
    (programs / "initdb").chmod(0o755)
    (programs / "sitecustomize.py").write_text(REPLACE_BINARIES)
    project.environment["PYTHONPATH"] = str(programs)
    project.begin("exec", "--", "true")
    wait_for(lambda: bool(list(temporary.glob("*/postgres/new"))), what="initdb runs")

    assert project.end(signal.SIGTERM) == 130

    assert list(temporary.iterdir()) == []
    assert project.processes() == []


@pytest.mark.parametrize("command", [["--", "no-such-command"], []])
def test_missing_command_is_reported_before_start(project: Project, command: list[str]) -> None:
    refused = project.call("exec", *command)

    assert refused.returncode == 1
    assert refused.stderr.startswith(
        ("exec: no-such-command: no such command", "Specify a command")
    )
    assert refused.stderr.count("\n") == 1
