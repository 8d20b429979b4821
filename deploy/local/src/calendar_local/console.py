"""Progress output: one line per step, with its duration."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

_SECONDS_BETWEEN_PROGRESS_LINES = 3.0
_SECONDS_BETWEEN_REDRAWS = 0.2
_ERASE_LINE = "\r\x1b[K"


class Console:
    """Writes lines; on a terminal, a progress line is redrawn."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._redraws = stream.isatty()
        self._progress_at = 0.0

    def say(self, text: str = "") -> None:
        """Write text and a newline."""
        self._stream.write(f"{_ERASE_LINE if self._redraws else ''}{text}\n")
        self._stream.flush()

    def timer(self) -> Callable[[str], None]:
        """Start a timer; call the result with a line to write it with the elapsed time."""
        started = time.monotonic()
        return lambda text: self.say(f"{text} ({time.monotonic() - started:.1f} s)")

    def progress(self, text: str) -> None:
        """Show progress; frequent calls are rate limited."""
        pause = _SECONDS_BETWEEN_REDRAWS if self._redraws else _SECONDS_BETWEEN_PROGRESS_LINES
        if time.monotonic() - self._progress_at < pause:
            return
        self._progress_at = time.monotonic()
        self._stream.write(f"{_ERASE_LINE}{text}" if self._redraws else f"{text}\n")
        self._stream.flush()


def shown(path: Path) -> Path:
    """Return a path relative to the current folder if it is below it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
