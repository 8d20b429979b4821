"""File locks between processes; the kernel releases them when the process exits."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from calendar_local.errors import LocalError


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold a lock; wait while another process holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Hold a lock, without waiting.

    Raises:
        LocalError: another process holds the lock.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise LocalError(
                f"Calendar is already running here (process {file.read().strip() or 'unknown'}). "
                "Stop it first: press Ctrl-C in its terminal, or `kill` the process."
            ) from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
