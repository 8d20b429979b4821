"""Serves the application over HTTP, until a signal comes."""

import gc
import signal
from typing import Final

import structlog
import uvicorn

from calendar_api import __version__, zones
from calendar_api.app import api
from calendar_api.config import Settings
from calendar_api.web.connection_limits import ConnectionLimits
from calendar_api.web.open_files import allowed_connections
from calendar_api.web.uvicorn_internals import http_protocol

log = structlog.stdlib.get_logger(__name__)

KEEP_ALIVE_SECONDS: Final = 5
DRAIN_SECONDS: Final = 5
"""For requests in hand when the signal comes. Each has at most that long anyway."""

GARBAGE_OBJECTS: Final = 10_000
"""New objects after which cycles among them are looked for. Requests in hand have more than the 700
that Python waits for, and no cycles: looking took an eighth of a small request's time."""


def run(settings: Settings) -> None:
    """Blocks until SIGTERM or SIGINT; then stops accepting, and finishes what is in hand."""
    limits = ConnectionLimits(allowed_connections(settings.pool_size))
    config = uvicorn.Config(
        api(settings),
        host=settings.http.host,
        port=settings.http.port,
        http=http_protocol(limits),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        backlog=2048,
    )
    # Once it has drained, uvicorn raises the signal again for whoever handled it before: that is
    # this, so that a stop that was asked for ends with exit code 0.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    # What is here now stays: it need not be looked through for garbage again and again.
    gc.freeze()
    gc.set_threshold(GARBAGE_OBJECTS)
    log.info(
        "starting",
        version=__version__,
        tzdata=zones.RULES_VERSION,
        host=settings.http.host,
        port=settings.http.port,
    )
    uvicorn.Server(config).run()
    log.info("stopped")
