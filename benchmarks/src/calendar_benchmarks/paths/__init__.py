"""One module for each path, which defines `PATH`."""

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    # The command line needs only the names, and importing this takes most of a second.
    from calendar_benchmarks.path import Path

NAMES: Final = (
    "create",
    "create_series",
    "batch",
    "read",
    "list",
    "list_series",
    "list_huge",
    "planning",
    "scheduler",
    "scheduler_series",
    "scheduler_backlog",
    "storer",
    "inbox",
    "streams",
    "webhooks",
    "at_once",
    "million",
    "lateness",
    "idle",
    "idle_series",
    "start",
)
"""The modules, in the order of the page."""


def load_paths(names: Sequence[str] = ()) -> "dict[str, Path]":
    """The paths with these names, or all, in the order of the page."""
    return {
        name: import_module(f"calendar_benchmarks.paths.{name}").PATH
        for name in NAMES
        if name in (names or NAMES)
    }
