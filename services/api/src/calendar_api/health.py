"""What orchestrators and Prometheus ask: is it alive, is it ready, how is it doing."""

import asyncio
from typing import Final

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from calendar_api.errors import DatabaseUnavailable
from calendar_api.events.repository import EventRepository

log = structlog.stdlib.get_logger(__name__)

PROBE_SECONDS: Final = 2.0

router = APIRouter(include_in_schema=False)


class Readiness:
    """Whether requests can be served; tells the log each time the answer changes."""

    def __init__(self, repository: EventRepository) -> None:
        self._repository = repository
        self._was_ready: bool | None = None

    async def check(self) -> str | None:
        """Why requests cannot be served, or `None` where they can."""
        reason: str | None = None
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                await self._repository.probe()
        except DatabaseUnavailable as error:
            reason = str(error)
        except TimeoutError:
            reason = "no answer"
        is_ready = reason is None
        if is_ready is not self._was_ready:
            self._was_ready = is_ready
            if is_ready:
                log.info("ready")
            else:
                log.warning("waiting_for_database", reason=reason)
        return reason


@router.get("/healthz")
async def alive() -> Response:
    """The process runs. Touches nothing else: no outage elsewhere is a reason to restart it."""
    return JSONResponse({"status": "alive"})


@router.get("/readyz")
async def ready(request: Request) -> Response:
    """Whether requests can be served, and why not."""
    readiness: Readiness = request.state.readiness
    reason = await readiness.check()
    status = "ready" if reason is None else "not ready"
    return JSONResponse({"status": status, "database": reason or "ok"}, 503 if reason else 200)


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """In Prometheus's text format."""
    return Response(generate_latest(request.state.registry), media_type=CONTENT_TYPE_LATEST)
