"""Every log line is one JSON object, for all values and loggers."""

import io
import json
import logging
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import structlog

from calendar_scheduler.observability.logging import configure
from calendar_scheduler.settings.types import Log


@pytest.fixture(autouse=True)
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """STDOUT, where the lines go."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers[:] = []  # pytest's own, which would be closed
    monkeypatch.setattr(sys, "stdout", stream := io.StringIO())
    configure(Log())
    yield stream
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def log(lines: io.StringIO, **details: object) -> Any:
    structlog.stdlib.get_logger("test").info("something_happened", **details)
    return json.loads(lines.getvalue())


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ('ж\U0001f600\n"\x00', 'ж\U0001f600\n"\x00'),
        ("half a surrogate \ud800", "half a surrogate \ud800"),
        (b"\xff", "b'\\xff'"),
        (1.5, 1.5),
        (None, None),
        (["a", 1], ["a", 1]),
        (ZeroDivisionError("x"), "ZeroDivisionError('x')"),
    ],
)
def test_any_value_can_be_logged(lines: io.StringIO, value: object, shown: object) -> None:
    line = log(lines, value=value)

    assert line["value"] == shown
    assert (line["event"], line["level"], line["logger"]) == ("something_happened", "info", "test")


def test_lines_of_libraries_have_the_same_form(lines: io.StringIO) -> None:
    logging.getLogger("library").warning("too %s", "slow", extra={"seconds": 3})

    line = json.loads(lines.getvalue())
    assert (line["event"], line["level"], line["logger"]) == ("too slow", "warning", "library")
    assert line["seconds"] == 3


def test_exception_is_part_of_its_line(lines: io.StringIO) -> None:
    try:
        1 / 0  # noqa: B018
    except ZeroDivisionError:
        structlog.stdlib.get_logger("test").exception("step_failed")

    [line] = lines.getvalue().splitlines()
    assert "ZeroDivisionError" in json.loads(line)["exception"]


def test_timestamp_is_in_utc(lines: io.StringIO) -> None:
    before = datetime.now(UTC)
    text = log(lines)["timestamp"]

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z", text)
    assert timedelta() <= datetime.fromisoformat(text) - before < timedelta(seconds=10)


def test_context_is_in_every_line(lines: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        assert log(lines)["request_id"] == "r-1"


def test_closed_pipe_is_ignored(
    lines: io.StringIO, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(_text: str) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(lines, "write", write)
    structlog.stdlib.get_logger("test").info("something_happened")

    assert capsys.readouterr().err == ""


def test_aiokafka_shows_nothing_that_it_sends(lines: io.StringIO) -> None:
    configure(Log(level="debug"))
    logging.getLogger("aiokafka.conn").debug("sasl_auth_bytes=sesame")

    assert lines.getvalue() == ""
