"""Log lines on STDOUT: one JSON object each, or text for people.

`event` is a stable name; everything else a line says has a key of its own.
"""

import json
import logging
import sys
import time
from functools import lru_cache
from typing import Any

import structlog
from pydantic_core import to_json
from structlog.typing import EventDict, Processor

from calendar_api.settings.types import Log

_encode = json.JSONEncoder(default=repr).encode


def configure(settings: Log) -> None:
    """Sends every logger's lines, the libraries' too, through one format to STDOUT.

    Ours are written without the standard library, whose share of a request's time was a tenth.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        _add_time,
    ]
    renderer: list[Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(_json)]
        if settings.format == "json"
        else [structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty())]
    )
    level = logging.getLevelNamesMapping()[settings.level.upper()]
    structlog.configure(
        processors=[*shared, *renderer],
        logger_factory=_Lines,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    # Uvicorn tells of its own start and stop; ours has names and ids.
    logging.getLogger("uvicorn").setLevel(logging.WARNING)


class _Lines:
    """Writes to STDOUT, and knows its name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def info(self, line: str) -> None:
        """Writes one line. A full disk, or a reader that has gone, is no reason to stop serving."""
        try:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
        except OSError:
            pass

    debug = warning = error = critical = info


def _add_time(_logger: object, _method: str, line: EventDict) -> EventDict:
    now = time.time_ns() // 1000
    line["timestamp"] = f"{_second(now // 1_000_000)}.{now % 1_000_000:06d}Z"
    return line


# Of the thousands of lines in a second, only the fraction is another.
@lru_cache(maxsize=1)
def _second(since_epoch: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(since_epoch))


def _json(line: Any, **_: Any) -> str:
    try:
        return to_json(line, fallback=repr, ensure_ascii=True).decode()
    except ValueError:  # It is stricter than JSON has to be: text with half a surrogate, say.
        return _encode(line)
