"""What orchestrators and Prometheus ask: is it alive, is it ready, how is it doing."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import structlog
import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from calendar_storer.config import Http
from calendar_storer.errors import (
    BrokerUnavailable,
    ConfigError,
    DatabaseUnavailable,
    TablesMissing,
)
from calendar_storer.kafka.assignment import Assignment
from calendar_storer.kafka.broker import Broker
from calendar_storer.notifications.repository import Repository
from calendar_storer.observability.metrics import Metrics
from calendar_storer.outages import Outages

log = structlog.stdlib.get_logger(__name__)

PROBE_SECONDS: Final = 1.0
WATCH_SECONDS: Final = 5.0


class Readiness:
    """Whether the Storer can do its work. Both servers are asked at once, for a second at most."""

    def __init__(
        self,
        *,
        repository: Repository,
        broker: Broker,
        assignment: Assignment,
        outages: Outages,
        metrics: Metrics,
        stop: asyncio.Event,
    ) -> None:
        self._metrics = metrics
        self._repository = repository
        self._broker = broker
        self._assignment = assignment
        self._outages = outages
        self._stop = stop

    async def check(self) -> dict[str, str]:
        """What the Storer needs: `ok`, or what is the matter."""
        database, broker = await asyncio.gather(self._database(), self._kafka())
        group = "ok" if self._assignment.joined else "not joined"
        return {"database": database, "broker": broker, "group": group}

    async def watch(self) -> None:
        """Asks every few seconds: an outage is told and counted also while nothing arrives."""
        while not self._stop.is_set():
            try:
                await self.check()
            except Exception:
                # A bug; but no reason to stop storing.
                self._metrics.loop_errors.inc()
                log.exception("readiness_check_failed")
            await self._outages.pause(WATCH_SECONDS)

    @property
    def stopping(self) -> bool:
        """Whether the service has been told to stop."""
        return self._stop.is_set()

    async def _database(self) -> str:
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                await self._repository.probe()
        except TimeoutError:
            return self._failed(DatabaseUnavailable("no answer"))
        except DatabaseUnavailable as error:
            return self._failed(error)
        self._outages.over(DatabaseUnavailable, TablesMissing)
        return "ok"

    async def _kafka(self) -> str:
        try:
            await self._broker.topics()
        except BrokerUnavailable as error:
            return self._failed(error)
        self._outages.over(BrokerUnavailable)
        return "ok"

    def _failed(self, error: DatabaseUnavailable | BrokerUnavailable) -> str:
        self._outages.failed(error)
        return str(error)


def app(readiness: Readiness, metrics: Metrics) -> Starlette:
    """The three routes."""

    async def alive(_request: Request) -> Response:
        """The process runs. Touches nothing else: no outage elsewhere is a reason to restart it."""
        return JSONResponse({"status": "alive"})

    async def ready(_request: Request) -> Response:
        needs = await readiness.check()
        is_ready = not readiness.stopping and set(needs.values()) == {"ok"}
        status = "stopping" if readiness.stopping else "ready" if is_ready else "not ready"
        return JSONResponse({"status": status, **needs}, 200 if is_ready else 503)

    async def show_metrics(_request: Request) -> Response:
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    return Starlette(
        routes=[
            Route("/healthz", alive),
            Route("/readyz", ready),
            Route("/metrics", show_metrics),
        ]
    )


class Server(uvicorn.Server):
    """Serves until `should_exit` is set; the signals are the service's own business."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves the signals alone."""
        yield


def server(application: Starlette) -> Server:
    """A server for the application, not running yet."""
    return Server(
        uvicorn.Config(
            application,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=5,
            timeout_graceful_shutdown=1,
            limit_concurrency=100,
        )
    )


def listen(settings: Http) -> socket.socket:
    """The socket to serve on.

    Raises:
        ConfigError: the host is not of this machine, or the port is taken.
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
