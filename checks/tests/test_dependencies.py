"""Each project declares exactly the dependencies that it imports (deptry)."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from calendar_checks.projects import PROJECTS, SERVICES, Project

DEPTRY = Path(sys.executable).with_name("deptry")


def deptry(folder: Path, *, environment: Project) -> "subprocess.CompletedProcess[str]":
    """Run deptry in a folder, with the installed packages of a project."""
    (packages,) = environment.folder.glob(".venv/lib/python*/site-packages")
    return subprocess.run(
        [DEPTRY, "--no-ansi", "src"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(packages)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("project", PROJECTS, ids=str)
def test_declared_dependencies_are_used(project: Project) -> None:
    result = deptry(project.folder, environment=project)

    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    ("old", "new", "reported"),
    [
        ('"asyncpg>', '"idna>=3",\n    "asyncpg>', "DEP002 'idna'"),
        ('    "starlette>=1.10,<2",\n', "", "DEP003 'starlette'"),
    ],
)
def test_unused_or_missing_dependency_is_reported(
    old: str, new: str, reported: str, tmp_path: Path
) -> None:
    api = SERVICES[0]
    shutil.copytree(api.folder / "src", tmp_path / "src")
    description = (api.folder / "pyproject.toml").read_text()
    (tmp_path / "pyproject.toml").write_text(description.replace(old, new, 1))

    result = deptry(tmp_path, environment=api)

    assert result.returncode == 1
    assert reported in result.stderr
