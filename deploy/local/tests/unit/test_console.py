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
    """A second passes between two looks at it."""
    seconds = count(100.0)
    time = SimpleNamespace(monotonic=lambda: next(seconds))
    monkeypatch.setattr("calendar_local.console.time", time)


def test_a_step_is_one_line_with_its_time() -> None:
    stream = io.StringIO()

    done = Console(stream).timer()
    done("Kafka is ready")

    assert stream.getvalue() == "Kafka is ready (1.0 s)\n"


def test_progress_is_a_line_now_and_then_where_nobody_looks_on() -> None:
    stream = io.StringIO()
    console = Console(stream)

    for megabytes in range(6):
        console.progress(f"{megabytes} MB")

    assert stream.getvalue() == "0 MB\n3 MB\n"


def test_progress_redraws_its_line_on_a_terminal_and_gives_way_to_the_next() -> None:
    stream = Terminal()
    console = Console(stream)

    console.progress("1 MB")
    console.say("Downloaded")

    assert stream.getvalue() == "\r\x1b[K1 MB\r\x1b[KDownloaded\n"


def test_paths_are_shown_as_a_person_would_type_them() -> None:
    assert shown(Path.cwd() / ".local" / "logs") == Path(".local/logs")
    assert shown(Path("/elsewhere/logs")) == Path("/elsewhere/logs")
