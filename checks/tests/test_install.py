"""`make run` installs what runs; `make install` also what tests and checks need."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from calendar_checks.projects import PROJECTS, ROOT

RUNNING = ("services/api", "services/scheduler", "services/storer", "deploy/local")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The Makefile and the descriptions of all projects, of which none is installed."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    for project in PROJECTS:
        folder = tmp_path / str(project)
        folder.mkdir(parents=True)
        for name in ("pyproject.toml", "requirements.lock", "requirements-dev.lock"):
            shutil.copy(project.folder / name, folder)
    return tmp_path


def stamp(tree: Path, *names: str) -> None:
    """Leave the files that say that the running projects are installed."""
    for project in RUNNING:
        folder = tree / project / ".venv"
        folder.mkdir()
        for name in names:
            (folder / name).touch()


def locks(target: str, tree: Path) -> set[str]:
    """What a target would install from."""
    show = ["make", "--dry-run", target]
    result = subprocess.run(show, cwd=tree, stdout=subprocess.PIPE, text=True, check=True)
    return set(re.findall(r"--require-hashes (\S+)", result.stdout))


def test_run_installs_what_runs(tree: Path) -> None:
    assert locks("run", tree) == {f"{project}/requirements.lock" for project in RUNNING}


@pytest.mark.parametrize("target", ["install", "check"])
def test_everything_is_installed_to_test_and_check(target: str, tree: Path) -> None:
    assert locks(target, tree) == {f"{project}/requirements-dev.lock" for project in PROJECTS}


def test_run_installs_nothing_where_everything_is_installed(tree: Path) -> None:
    stamp(tree, ".installed", ".runtime")

    assert locks("run", tree) == set()


def test_run_removes_nothing_that_tests_need(tree: Path) -> None:
    stamp(tree, ".installed")

    assert locks("run", tree) == {f"{project}/requirements-dev.lock" for project in RUNNING}
