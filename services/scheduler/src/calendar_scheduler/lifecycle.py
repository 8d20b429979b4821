"""From start to stop: the port, the signals, the hard exit, and their log lines."""

import asyncio
import errno
import os
import signal
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Final

import structlog
import uvicorn

from calendar_scheduler import __version__
from calendar_scheduler.errors import ConfigError
from calendar_scheduler.settings.types import Http

log = structlog.stdlib.get_logger(__name__)

HARD_EXIT_SECONDS: Final = 9.5
"""After the signal. What hangs in spite of its time limit is cut off: a service stops within 10
seconds, and loses no more by it than by a crash, which is nothing. `app.STOP_SECONDS` is the sum of
the limits."""
SERVER_STOP_SECONDS: Final = 0.3
"""What uvicorn needs to stop, apart from its graceful shutdown: it looks for news every 0.1 s."""

Serve = Callable[[socket.socket, asyncio.Event], Awaitable[None]]
"""Does the service's work, and serves HTTP on the socket, until the event is set."""


def run(
    serve: Serve,
    http: Http,
    *,
    loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None,
    **details: str,
) -> int:
    """Run the service until SIGTERM or SIGINT. Returns the exit code; `details` are logged.

    Raises:
        ConfigError: the port is in use, or another setting turns out to be unusable.
    """
    hard_exit = hard_exit_timer()
    try:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            runner.run(serve_until_signal(serve, http, hard_exit, **details))
    except ConfigError:
        raise
    except Exception:
        log.exception("service_failed")
        return 1
    finally:
        hard_exit.cancel()
    log.info("service_stopped")
    return 0


def hard_exit_timer() -> threading.Timer:
    """Ends the process. A thread, because it must also end one whose event loop is stuck."""
    timer = threading.Timer(HARD_EXIT_SECONDS, os._exit, [0])
    timer.daemon = True
    return timer


async def serve_until_signal(
    serve: Serve, http: Http, hard_exit: threading.Timer, **details: str
) -> None:
    """Run `serve` in this event loop. The first signal also starts `hard_exit`. See `run`."""
    stop = asyncio.Event()

    def on_signal() -> None:
        if not stop.is_set():
            log.info("service_stopping")
            stop.set()
            hard_exit.start()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, on_signal)
    with _listen(http) as listener:
        host, port, *_ = listener.getsockname()
        log.info("service_started", version=__version__, host=host, port=port, **details)
        await serve(listener, stop)


def _listen(http: Http) -> socket.socket:
    family = socket.AF_INET6 if ":" in http.host else socket.AF_INET
    try:
        return socket.create_server((http.host, http.port), family=family)
    except OSError as error:
        key = "port" if error.errno in {errno.EADDRINUSE, errno.EACCES} else "host"
        host = f"[{http.host}]" if ":" in http.host else http.host
        # Without the address, which Python appends.
        reason = str(error.strerror).partition(" (while")[0]
        raise ConfigError(
            f"http.{key}: cannot listen on {host}:{http.port}: {reason};"
            f" set another {key} in the file or as CALENDAR_HTTP__{key.upper()}"
        ) from None


class Server(uvicorn.Server):
    """A uvicorn server that leaves the signals to `run`; `should_exit` stops it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Does nothing. uvicorn would raise each signal again after it has stopped."""
        yield
