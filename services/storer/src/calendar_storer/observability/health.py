"""What orchestrators and Prometheus ask: `/healthz`, `/readyz` and `/metrics`."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from calendar_storer.errors import Unavailable
from calendar_storer.observability.outages import Outages

log = structlog.stdlib.get_logger(__name__)

PROBE_SECONDS: Final = 1.0
WATCH_SECONDS: Final = 5.0

Check = Callable[[], Awaitable[object]]
"""Returns where something that the service needs works; raises `Unavailable` where it does not."""


class _Probe(NamedTuple):
    check: Check
    reports: type[Unavailable] | None


class Readiness:
    """Whether the service can do its work: all its probes pass, and it is not stopping."""

    def __init__(self, outages: Outages, stop: asyncio.Event) -> None:
        self._outages = outages
        self._stop = stop
        self._probes: dict[str, _Probe] = {}

    def add(self, name: str, check: Check, *, reports: type[Unavailable] | None = None) -> None:
        """Add a probe. Errors of the kind that it `reports` count as outages."""
        self._probes[name] = _Probe(check, reports)

    async def check(self) -> dict[str, str]:
        """What is needed, each `ok` or the reason why not; all are asked at once."""
        reasons = await asyncio.gather(*map(self._reason, self._probes.values()))
        return {name: reason or "ok" for name, reason in zip(self._probes, reasons, strict=True)}

    async def watch(self) -> None:
        """Check every few seconds until the service stops, so that outages are noticed at rest."""
        while not self._stop.is_set():
            try:
                await self.check()
            except Exception:
                # A bug, but no reason to stop working.
                log.exception("readiness_check_failed")
            try:
                async with asyncio.timeout(WATCH_SECONDS):
                    await self._stop.wait()
            except TimeoutError:
                pass

    async def response(self) -> Response:
        """The answer to `/readyz`."""
        parts = await self.check()
        is_ready = not self._stop.is_set() and set(parts.values()) <= {"ok"}
        status = "stopping" if self._stop.is_set() else "ready" if is_ready else "not ready"
        return JSONResponse({"status": status, **parts}, 200 if is_ready else 503)

    async def _reason(self, probe: _Probe) -> str | None:
        kind = probe.reports
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                await probe.check()
        except Unavailable as error:
            if kind:
                self._outages.failed(error)
            return str(error)
        except TimeoutError:
            if kind:
                self._outages.failed(kind("no answer"))
            return "no answer"
        if kind:
            self._outages.over(kind)
        return None


def routes(readiness: Readiness, registry: CollectorRegistry) -> list[Route]:
    """The three routes, for any Starlette application."""

    async def healthz(_request: Request) -> Response:
        """The process runs. Touches nothing else: no outage elsewhere is a reason to restart it."""
        return JSONResponse({"status": "alive"})

    async def readyz(_request: Request) -> Response:
        return await readiness.response()

    async def metrics(_request: Request) -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]
