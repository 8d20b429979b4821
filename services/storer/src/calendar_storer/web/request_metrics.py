"""Prometheus metrics of HTTP, under the instrumentator's names."""

from collections.abc import Collection
from typing import Any, Final

from prometheus_client import CollectorRegistry
from prometheus_fastapi_instrumentator import metrics as instrumentator
from prometheus_fastapi_instrumentator.routing import get_route_name
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

LATENCY_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
"""Seconds. Every response comes within 5."""

NOT_COUNTED: Final = ("/healthz", "/readyz", "/metrics", "/docs", "/openapi.json")
"""Routes whose requests are not counted, nor those below them."""


class RequestMetrics:
    """Requests by method, route and status; all unknown paths are one route, `none`."""

    def __init__(self, registry: CollectorRegistry, *, not_counted: Collection[str] = ()) -> None:
        """`not_counted` are routes beside the general ones."""
        observe = instrumentator.default(
            latency_lowr_buckets=LATENCY_BUCKETS,
            latency_highr_buckets=LATENCY_BUCKETS,
            registry=registry,
        )
        assert observe is not None, "the registry has these metrics already"
        self._observe = observe
        self._not_counted = (*NOT_COUNTED, *not_counted)

    def observe(
        self, scope: Scope, *, status: int, headers: list[tuple[bytes, bytes]], seconds: float
    ) -> None:
        """Counts a request that is over; `headers` are those of its response."""
        request, response = Request(scope), Response()
        response.raw_headers = headers
        # A request that a middleware refused has not been routed.
        route: Any = scope.get("route")
        handler = (
            route.path if route else get_route_name(request, should_include_root_path=False)
        ) or "none"
        if handler.startswith(self._not_counted):
            return
        self._observe(
            instrumentator.Info(
                request=request,
                response=response,
                method=scope["method"],
                modified_handler=handler,
                modified_status=str(status),
                modified_duration=seconds,
            )
        )
