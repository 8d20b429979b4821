"""Lines for the person who watches: one for each step, with the time that it took."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

_SECONDS_BETWEEN_PROGRESS_LINES = 3.0
_SECONDS_BETWEEN_REDRAWS = 0.2
_ERASE_LINE = "\r\x1b[K"


class Console:
    """Writes whole lines; on a terminal the line of a long download redraws itself."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._redraws = stream.isatty()
        self._progress_at = 0.0

    def say(self, text: str = "") -> None:
        """Write one line, or several."""
        self._stream.write(f"{_ERASE_LINE if self._redraws else ''}{text}\n")
        self._stream.flush()

    def timer(self) -> Callable[[str], None]:
        """Start a step; call what is returned with the line that says that it is done."""
        started = time.monotonic()
        return lambda text: self.say(f"{text} ({time.monotonic() - started:.1f} s)")

    def progress(self, text: str) -> None:
        """Show that something long is moving; may be called as often as one likes."""
        pause = _SECONDS_BETWEEN_REDRAWS if self._redraws else _SECONDS_BETWEEN_PROGRESS_LINES
        if time.monotonic() - self._progress_at < pause:
            return
        self._progress_at = time.monotonic()
        self._stream.write(f"{_ERASE_LINE}{text}" if self._redraws else f"{text}\n")
        self._stream.flush()


def shown(path: Path) -> Path:
    """Return a path as a person would type it: relative where it is below the current folder."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
