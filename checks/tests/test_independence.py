"""Services do not import each other, and the contracts import no service (import-linter)."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from calendar_checks.projects import PACKAGES, ROOT

LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")


def lint(*sources: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [LINT_IMPORTS, "--config", ROOT / ".importlinter", "--no-cache"],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, sources))},
        capture_output=True,
        text=True,
        check=False,
    )


def test_imports_follow_the_rules() -> None:
    result = lint(*(project.source.parent for project in PACKAGES))

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("package", "line"),
    [
        ("calendar_scheduler", "import calendar_api"),
        ("calendar_storer", "from calendar_scheduler import config"),
        ("calendar_api", "import calendar_storer"),
        ("calendar_contracts", "import calendar_api"),
        ("calendar_contracts", "import asyncpg"),
    ],
)
def test_forbidden_import_is_reported(package: str, line: str, tmp_path: Path) -> None:
    for project in PACKAGES:
        shutil.copytree(project.source, tmp_path / project.package)
    with (tmp_path / package / "forbidden.py").open("w") as module:
        module.write(f"{line}\n")

    result = lint(tmp_path)

    assert result.returncode == 1, result.stdout + result.stderr
    assert f"{package}.forbidden -> " in result.stdout
