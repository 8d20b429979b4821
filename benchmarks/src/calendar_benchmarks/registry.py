"""The paths by name, in the order of the page. A new module of `paths` gets its line here."""

from collections.abc import Sequence
from importlib import import_module
from typing import Final

from calendar_benchmarks.path import Path

NAMES: Final = (
    "create",
    "batch",
    "read",
    "list",
    "list_huge",
    "scheduler",
    "scheduler_backlog",
    "storer",
    "at_once",
    "million",
    "lateness",
    "idle",
    "start",
)


class UnknownPathError(Exception):
    """There is no such path; the message names those that there are."""


def paths(names: Sequence[str] = ()) -> dict[str, Path]:
    """These paths, or all.

    Raises:
        UnknownPathError: one is none.
    """
    if unknown := set(names) - set(NAMES):
        raise UnknownPathError(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(NAMES)}")
    return {name: _load(name) for name in NAMES if name in (names or NAMES)}


def _load(name: str) -> Path:
    path = import_module(f"calendar_benchmarks.paths.{name}").PATH
    assert isinstance(path, Path)
    return path
