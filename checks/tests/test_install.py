"""`make run` installs runtime dependencies; `make install` also those of tests and checks."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from calendar_checks.projects import PROJECTS, ROOT

RUN_PROJECTS = ("services/api", "services/scheduler", "services/storer", "deploy/local")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The Makefile and all projects, none of them installed."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    for project in PROJECTS:
        folder = tmp_path / str(project)
        folder.mkdir(parents=True)
        for name in ("pyproject.toml", "requirements.lock", "requirements-dev.lock"):
            shutil.copy(project.folder / name, folder)
    return tmp_path


def stamp(tree: Path, *names: str) -> None:
    """Create the stamp files of the projects that `make run` needs."""
    for project in RUN_PROJECTS:
        folder = tree / project / ".venv"
        folder.mkdir()
        for name in names:
            (folder / name).touch()


def locks(target: str, tree: Path) -> set[str]:
    """Return the lock files that a target would install."""
    show = ["make", "--dry-run", target]
    result = subprocess.run(show, cwd=tree, stdout=subprocess.PIPE, text=True, check=True)
    return set(re.findall(r"--require-hashes (\S+)", result.stdout))


def test_run_installs_runtime_locks(tree: Path) -> None:
    assert locks("run", tree) == {f"{project}/requirements.lock" for project in RUN_PROJECTS}


@pytest.mark.parametrize("target", ["install", "check"])
def test_install_and_check_install_dev_locks(target: str, tree: Path) -> None:
    assert locks(target, tree) == {f"{project}/requirements-dev.lock" for project in PROJECTS}


def test_run_installs_nothing_if_all_is_installed(tree: Path) -> None:
    stamp(tree, ".installed", ".runtime")

    assert locks("run", tree) == set()


def test_run_keeps_dev_dependencies(tree: Path) -> None:
    stamp(tree, ".installed")

    assert locks("run", tree) == {f"{project}/requirements-dev.lock" for project in RUN_PROJECTS}
