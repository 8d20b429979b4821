"""Executables run under each supported Python version."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from calendar_checks.dist import build_executable
from calendar_checks.platforms import MINORS
from calendar_checks.projects import PROJECTS, SERVICES, Project

SCHEDULER = SERVICES[1]


def works(python: str) -> bool:
    """Whether an interpreter is installed (a shim on the PATH can fail)."""
    path = shutil.which(python)
    if path is None:
        return False
    return subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode == 0


PYTHONS = [python for python in (f"python3.{minor}" for minor in MINORS) if works(python)]


@pytest.fixture(scope="module")
def executable(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_executable(SCHEDULER, wheels, tmp_path_factory.mktemp("dist"))


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The environment with an empty pex cache."""
    return os.environ | {"PEX_ROOT": str(tmp_path / "cache")}


def test_executable_contains_wheels_for_each_python(executable: Path) -> None:
    with ZipFile(executable) as archive:
        wheels = {name.split("/")[1] for name in archive.namelist() if name.startswith(".deps/")}

    for minor in MINORS:
        compiled = re.compile(rf"asyncpg-[\d.]+-cp3{minor}-")
        assert any(map(compiled.match, wheels)), minor


@pytest.mark.parametrize("python", PYTHONS)
def test_executable_runs(python: str, executable: Path, environment: dict[str, str]) -> None:
    result = subprocess.run(
        [python, executable, "--version"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    expected = f"{executable.name} {SCHEDULER.version}\n"
    assert (result.returncode, result.stdout, result.stderr) == (0, expected, "")


WITH_SCRIPTS = [project for project in PROJECTS if project.scripts]


@pytest.mark.parametrize("project", WITH_SCRIPTS, ids=str)
def test_version_is_printed_without_importing_a_library(project: Project) -> None:
    (name,) = project.scripts

    result = subprocess.run(
        [project.folder / ".venv/bin/python", "-X", "importtime", f".venv/bin/{name}", "--version"],
        cwd=project.folder,
        capture_output=True,
        text=True,
        check=True,
    )

    assert result.stdout == f"{name} {project.version}\n"
    imported = {
        line.rpartition("|")[2].strip().partition(".")[0] for line in result.stderr.splitlines()[1:]
    }
    assert project.package in imported
    # What the environment imports into every process.
    environment = {name for name in imported if name.startswith("_")} | {"sitecustomize"}
    assert imported - environment - {project.package} <= sys.stdlib_module_names


def test_executable_rejects_missing_configuration(
    executable: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    missing = tmp_path / "missing.yaml"

    result = subprocess.run(
        [executable, f"--config={missing}"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 2
    assert str(missing) in result.stderr
    assert "Traceback" not in result.stderr
