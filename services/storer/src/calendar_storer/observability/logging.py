"""Log lines on STDOUT: one JSON object each, or text for people.

`event` is a stable name. Everything else that a line says has a key of its own.
"""

import logging
import sys
from functools import partial
from typing import TextIO

import structlog
from structlog.typing import Processor

from calendar_storer.settings.types import Log


class _Output:
    """Writes a logger's lines. A full disk or a closed pipe loses lines; the service goes on."""

    def __init__(self, stream: TextIO, name: str) -> None:
        self._stream = stream
        self.name = name

    def write(self, line: str) -> None:
        try:
            self._stream.write(line + "\n")
            self._stream.flush()
        except OSError:
            pass

    debug = info = warning = error = critical = write


class _LibraryHandler(logging.Handler):
    """Passes what libraries log to the same stream."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream

    def emit(self, record: logging.LogRecord) -> None:
        _Output(self._stream, record.name).write(self.format(record))


def configure(settings: Log) -> None:
    """Send the lines of every logger, the libraries' too, to STDOUT in one format.

    Our own do not pass through the standard library, which would take twice as long as the rest of
    a small request's log line.
    """
    level = logging.getLevelNamesMapping()[settings.level.upper()]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: list[Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if settings.format == "json"
        else [structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty())]
    )
    structlog.configure(
        processors=[*shared, *renderer],
        logger_factory=partial(_Output, sys.stdout),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    handler = _LibraryHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    # uvicorn logs its own start and stop; ours has names and ids.
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    # aiokafka logs each attempt during an outage; we log its start and its end.
    # Its own debug lines show what is sent: at login, the password.
    is_debug = settings.level == "debug"
    logging.getLogger("aiokafka").setLevel(logging.WARNING if is_debug else logging.CRITICAL)
