"""What orchestrators and Prometheus ask: is it alive, is it ready, how is it doing."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import structlog
import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from calendar_scheduler.config import Http
from calendar_scheduler.errors import ConfigError, Unavailable

log = structlog.stdlib.get_logger(__name__)

PROBE_SECONDS: Final = 1.0
SHUTDOWN_SECONDS: Final = 2

Probe = Callable[[], Awaitable[None]]
"""Returns where something the service needs answers; raises `Unavailable` where it does not."""


def application(probes: Mapping[str, Probe], registry: CollectorRegistry) -> Starlette:
    """`/healthz`, `/readyz` and `/metrics`."""

    async def alive(_request: Request) -> Response:
        """The process runs. Touches nothing else: no outage elsewhere is a reason to restart it."""
        return JSONResponse({"status": "alive"})

    async def ready(_request: Request) -> Response:
        """Whether all that the service needs answers, and what does not."""
        reasons = await asyncio.gather(*map(_reason, probes.values()))
        is_ready = not any(reasons)
        body = {name: reason or "ok" for name, reason in zip(probes, reasons, strict=True)}
        return JSONResponse(
            {"status": "ready" if is_ready else "not ready", **body}, 200 if is_ready else 503
        )

    async def metrics(_request: Request) -> Response:
        """In Prometheus's text format."""
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return Starlette(
        routes=[
            Route("/healthz", alive),
            Route("/readyz", ready),
            Route("/metrics", metrics),
        ]
    )


async def _reason(probe: Probe) -> str | None:
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            await probe()
    except Unavailable as error:
        return str(error)
    except TimeoutError:
        return "no answer"
    return None


async def serve(app: Starlette, listener: socket.socket, *, stop: asyncio.Event) -> None:
    """Serves `app` until `stop` is set."""
    server = _Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        )
    )
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(server.serve(sockets=[listener]))
        await stop.wait()
        server.should_exit = True


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The service handles signals itself: they are not for the HTTP side alone."""
        yield


def listen(settings: Http) -> socket.socket:
    """The socket to serve on.

    Raises:
        ConfigError: the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        listener = socket.create_server((settings.host, settings.port), family=family)
    except OSError as error:
        where = f"{settings.host}:{settings.port}"
        raise ConfigError(f"http.port: cannot listen on {where}: {error.strerror}") from None
    host, port, *_ = listener.getsockname()
    log.info("listening", host=host, port=port)
    return listener
