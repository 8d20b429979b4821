"""The command line: exit codes, and one clear line where the settings are wrong."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.integration.service import run

from calendar_api import __version__

DSN = "postgresql://ann:sesame@127.0.0.1/calendar"


def test_version() -> None:
    done = run("--version")
    assert (done.returncode, done.stdout) == (0, f"calendar {__version__}\n")


def test_version_imports_no_library() -> None:
    program = "import sys, calendar_api.cli; print(*sys.modules)"
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


def test_help_names_what_there_is() -> None:
    done = run("--help")
    assert done.returncode == 0
    assert all(name in done.stdout for name in ("--config", "--version", "migrate"))


def test_a_wrong_command_line() -> None:
    done = run("rollback", CALENDAR_DATABASE__DSN=DSN)
    assert done.returncode == 2
    assert "rollback" in done.stderr


# The rules of the settings are unit-tested; here it matters how the process ends.
@pytest.mark.parametrize(
    ("command", "environment", "named"),
    [
        ([], {}, "database.dsn"),
        (["migrate"], {"CALENDAR_DATABASE__DSN": "postgresql://ann:sesame@h:x/"}, "database.dsn"),
        (
            [],
            {"CALENDAR_DATABASE__DSN": f"{DSN}?sslmode=verify-ca&sslrootcert=/no"},
            "No such file",
        ),
        ([], {"CALENDAR_DATABASE__DSN": DSN, "CALENDAR_NOPE": "sesame"}, "CALENDAR_NOPE"),
        (["--config", "nowhere.yaml"], {"CALENDAR_DATABASE__DSN": DSN}, "nowhere.yaml"),
        (["migrate", "--config", "nowhere.yaml"], {"CALENDAR_DATABASE__DSN": DSN}, "nowhere.yaml"),
    ],
)
def test_a_wrong_setting_ends_it(
    command: list[str], environment: dict[str, str], named: str
) -> None:
    done = run(*command, **environment)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("calendar: ")
    assert named in line
    assert "sesame" not in done.stdout + done.stderr


def test_an_unknown_key_of_the_file_ends_it(tmp_path: Path) -> None:
    path = tmp_path / "calendar.yaml"
    path.write_text(f"database: {{dsn: '{DSN}'}}\nhttp: {{prot: 80}}\n")
    done = run(f"--config={path}")
    assert done.returncode == 2
    assert "http.prot" in done.stderr
