"""Every line is an object of JSON, whatever is said in it."""

import json
import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import structlog

from calendar_api import logging as lines
from calendar_api.settings.types import Log


@pytest.fixture
def _as_json() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    lines.configure(Log())
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def said(capsys: pytest.CaptureFixture[str], **details: object) -> Any:
    structlog.stdlib.get_logger("somebody").info("something", **details)
    return json.loads(capsys.readouterr().out)


@pytest.mark.usefixtures("_as_json")
@pytest.mark.parametrize(
    ("value", "told"),
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
def test_whatever_is_said_is_json(
    capsys: pytest.CaptureFixture[str], value: object, told: object
) -> None:
    line = said(capsys, value=value)
    assert line["value"] == told
    assert (line["event"], line["level"], line["logger"]) == ("something", "info", "somebody")


@pytest.mark.usefixtures("_as_json")
def test_the_time_is_now_in_utc(capsys: pytest.CaptureFixture[str]) -> None:
    before = datetime.now(UTC)
    for _ in range(3):
        text = said(capsys)["timestamp"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", text)
        assert timedelta() <= datetime.fromisoformat(text) - before < timedelta(seconds=10)
