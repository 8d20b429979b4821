"""Errors that are shown to the user."""

from pathlib import Path

from calendar_local.console import shown


class LocalError(Exception):
    """An error that the user can fix; the message says how."""


class PartFailedError(LocalError):
    """A part of the system exited or did not become ready; the message has its last log lines."""

    def __init__(self, what: str, log: Path) -> None:
        super().__init__(f"{what} The last lines of {shown(log)}:\n{last_lines(log)}")


def last_lines(log: Path, *, count: int = 15) -> str:
    """Return the last lines of a log file, indented."""
    lines = log.read_text(errors="replace").splitlines()[-count:] if log.exists() else []
    return "\n".join(f"    {line}" for line in lines or ["(it is empty)"])
