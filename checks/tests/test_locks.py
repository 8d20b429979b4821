"""Locks contain versions and hashes, match `pyproject.toml`, and contain no addresses."""

from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from calendar_checks.locks import read
from calendar_checks.projects import CONTRACTS, PROJECTS, Project


def pins(lock: Path) -> dict[str, set[str]]:
    """Return the locked versions by name; several if they differ by platform."""
    found: dict[str, set[str]] = {}
    for pin in read(lock):
        assert pin.hashes, f"{pin.requirement} has no hash"
        found.setdefault(pin.name, set()).add(pin.version)
    return found


def locks(project: Project) -> tuple[Path, Path]:
    return project.folder / "requirements.lock", project.folder / "requirements-dev.lock"


@pytest.mark.parametrize("project", PROJECTS, ids=str)
def test_requirements_are_pinned_with_hashes(project: Project) -> None:
    for lock in locks(project):
        assert pins(lock)


@pytest.mark.parametrize("project", PROJECTS, ids=str)
def test_locks_contain_no_address_or_path(project: Project) -> None:
    for lock in locks(project):
        assert "/" not in lock.read_text(), lock


@pytest.mark.parametrize("project", PROJECTS, ids=str)
def test_locks_match_pyproject(project: Project) -> None:
    lock, dev_lock = map(pins, locks(project))
    required = [
        *((lock, each) for each in project.dependencies),
        *((dev_lock, each) for each in (*project.dependencies, *project.dev_dependencies)),
    ]
    wrong = [
        f"{each}: locked: {locked.get(canonicalize_name(each.name), 'nothing')}"
        for locked, each in required
        if each.name not in {CONTRACTS.name, "calendar-features", "calendar-local"}
        and not all(map(each.specifier.contains, locked.get(canonicalize_name(each.name), {""})))
    ]

    assert not wrong, "make lock"


@pytest.mark.parametrize("project", PROJECTS, ids=str)
def test_dev_lock_has_the_runtime_versions(project: Project) -> None:
    lock, dev_lock = map(pins, locks(project))

    assert {name: dev_lock.get(name) for name in lock} == lock, "make lock ARGS=--upgrade"
