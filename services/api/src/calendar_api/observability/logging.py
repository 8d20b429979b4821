"""Log lines on STDOUT: one JSON object each, or text for people.

`event` is a stable name. Everything else that a line says has a key of its own.
"""

import logging
import sys
from typing import TextIO

import structlog
from structlog.typing import Processor

from calendar_api.settings.types import Log


class _Handler(logging.StreamHandler[TextIO]):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name is logging's
        """A full disk or a closed pipe loses lines, and must not fill STDERR instead."""
        if not isinstance(sys.exception(), OSError):
            super().handleError(record)


def configure(settings: Log) -> None:
    """Send the lines of every logger, the libraries' too, to STDOUT in one format."""
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
    handler = _Handler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=settings.level.upper(), force=True)
    # uvicorn logs its own start and stop; ours has names and ids.
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    # aiokafka logs each attempt during an outage; we log its start and its end.
    # Its own debug lines show what is sent: at login, the password.
    is_debug = settings.level == "debug"
    logging.getLogger("aiokafka").setLevel(logging.WARNING if is_debug else logging.CRITICAL)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
