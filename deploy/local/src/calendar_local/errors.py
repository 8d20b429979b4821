"""What can go wrong for a person at the keyboard: each error is a sentence to show as it is."""

from pathlib import Path

from calendar_local.console import shown


class LocalError(Exception):
    """Something that the user can mend; the message says how."""


class PartFailedError(LocalError):
    """A part of the system ended or never got ready; the message ends with its last log lines."""

    def __init__(self, what: str, log: Path) -> None:
        super().__init__(f"{what} The last lines of {shown(log)}:\n{last_lines(log)}")


def last_lines(log: Path, *, count: int = 15) -> str:
    """Return the end of a log file, indented, or a remark where there is nothing in it."""
    lines = log.read_text(errors="replace").splitlines()[-count:] if log.exists() else []
    return "\n".join(f"    {line}" for line in lines or ["(it is empty)"])
