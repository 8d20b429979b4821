"""The service's Prometheus metrics: HTTP as the instrumentator has it, the pool by a collector."""

from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any, Final

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from prometheus_fastapi_instrumentator import metrics as instrumentator
from starlette.routing import BaseRoute, Match
from starlette.types import Scope

from calendar_api import __version__
from calendar_api.database import Pool

LATENCY_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
"""Seconds. Every answer comes within 5."""

OPERATIONS: Final = ("/healthz", "/readyz", "/metrics", "/docs", "/openapi.json")
"""Routes whose requests are not counted, nor those below them."""


def registry() -> CollectorRegistry:
    """A registry of one application's own, with what the process tells of itself."""
    own = CollectorRegistry(auto_describe=True)
    ProcessCollector(registry=own)
    PlatformCollector(registry=own)
    GCCollector(registry=own)
    return own


class Requests:
    """Counts and times requests by method, route and status; all unknown paths are one label.

    The metrics are the instrumentator's. Its middleware would find the route a second time, and
    make a request and a response only to read their headers: eight times the cost of counting.
    """

    def __init__(self, routes: Sequence[BaseRoute], own: CollectorRegistry) -> None:
        self._routes = routes
        observe = instrumentator.default(
            latency_lowr_buckets=LATENCY_BUCKETS,
            latency_highr_buckets=LATENCY_BUCKETS,
            registry=own,
        )
        assert observe is not None, "the registry has these metrics already"
        self._observe = observe

    def count(
        self, scope: Scope, *, status: int, seconds: float, bytes_in: str, bytes_out: str
    ) -> None:
        """Counts one request that is over; sizes are what `Content-Length` says."""
        # What was refused unread has not been routed yet.
        route = scope.get("route") or _find(self._routes, scope)
        handler = getattr(route, "path", "none")
        if handler.startswith(OPERATIONS):
            return
        self._observe(
            instrumentator.Info(
                request=_with_length(bytes_in),
                response=_with_length(bytes_out),
                method=scope["method"],
                modified_handler=handler,
                modified_status=str(status),
                modified_duration=seconds,
                modified_duration_without_streaming=seconds,
            )
        )


def _with_length(length: str) -> Any:
    """As much of a request, or of a response, as is looked at."""
    return SimpleNamespace(headers={"Content-Length": length})


def _find(routes: Sequence[BaseRoute], scope: Scope) -> BaseRoute | None:
    """The route that takes this request or, failing that, one that takes its path."""
    partial = None
    for route in routes:
        match, _ = route.matches(scope)
        if match is Match.FULL:
            return route
        if match is Match.PARTIAL and partial is None:
            partial = route
    return partial


class PoolCollector(Collector):
    """Reads the pool when it is asked."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The connections by state, and the version that runs."""
        connections = GaugeMetricFamily(
            "calendar_api_database_connections", "Open connections.", labels=["state"]
        )
        idle = self._pool.idle()
        connections.add_metric(["idle"], idle)
        connections.add_metric(["in_use"], self._pool.size() - idle)
        yield connections
        build = GaugeMetricFamily("calendar_api_build_info", "Always 1.", labels=["version"])
        build.add_metric([__version__], 1)
        yield build
