"""Log lines on STDOUT: one JSON object each, or text for people.

`event` is a stable name; everything else a line says has a key of its own.
"""

import logging
import sys

import structlog
from structlog.typing import Processor

from calendar_scheduler.settings.types import Log


def configure(settings: Log) -> None:
    """Sends every logger's lines, the libraries' too, through one format to STDOUT."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: list[Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if settings.format == "json"
        else [structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty())]
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=settings.level.upper(), force=True)
    # Uvicorn tells of its own start and stop; ours has names and ids.
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    # aiokafka tells of each attempt of an outage; ours is one line, and one when it is over.
    # Its own debug lines show what is sent: at log-in, the password.
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
