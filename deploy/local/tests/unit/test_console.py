import io
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest

from calendar_local.console import Console, shown


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that advances one second per call."""
    seconds = count(100.0)
    time = SimpleNamespace(monotonic=lambda: next(seconds))
    monkeypatch.setattr("calendar_local.console.time", time)


def test_timer_writes_line_with_elapsed_time() -> None:
    stream = io.StringIO()

    done = Console(stream).timer()
    done("Kafka is ready")

    assert stream.getvalue() == "Kafka is ready (1.0 s)\n"


def test_progress_is_rate_limited_without_a_terminal() -> None:
    stream = io.StringIO()
    console = Console(stream)

    for megabytes in range(6):
        console.progress(f"{megabytes} MB")

    assert stream.getvalue() == "0 MB\n3 MB\n"


def test_progress_is_redrawn_on_a_terminal() -> None:
    stream = Terminal()
    console = Console(stream)

    console.progress("1 MB")
    console.say("Downloaded")

    assert stream.getvalue() == "\r\x1b[K1 MB\r\x1b[KDownloaded\n"


def test_paths_below_the_current_folder_are_relative() -> None:
    assert shown(Path.cwd() / ".local" / "logs") == Path(".local/logs")
    assert shown(Path("/elsewhere/logs")) == Path("/elsewhere/logs")
