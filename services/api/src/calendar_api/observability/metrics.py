"""The service's Prometheus metrics: HTTP as the instrumentator has it, the pool by a collector."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    Summary,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from prometheus_fastapi_instrumentator import metrics as instrumentator
from starlette.routing import BaseRoute, Match
from starlette.types import Scope

from calendar_api import __version__, zones
from calendar_api.database.pool import Pool

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

    The instrumentator makes the metrics, but its middleware would find the route a second time, and
    its function the series of each metric: fifteen and three times what counting takes.
    """

    def __init__(self, routes: Sequence[BaseRoute], own: CollectorRegistry) -> None:
        self._routes = routes
        self._made = _Made()
        instrumentator.default(
            latency_lowr_buckets=LATENCY_BUCKETS,
            latency_highr_buckets=LATENCY_BUCKETS,
            registry=self._made,
        )
        own.register(self._made)
        self._series: dict[tuple[str, str, int], _Series] = {}

    def count(
        self, scope: Scope, *, status: int, seconds: float, bytes_in: int, bytes_out: int
    ) -> None:
        """Counts one request that is over; sizes are what `Content-Length` says."""
        # What was refused unread has not been routed yet.
        route = scope.get("route") or _find(self._routes, scope)
        handler = getattr(route, "path", "none")
        if handler.startswith(OPERATIONS):
            return
        key = (scope["method"], handler, status)
        series = self._series.get(key)
        if series is None:
            series = self._series[key] = self._made.series(*key)
        series.total.inc()
        series.bytes_in.observe(bytes_in)
        series.bytes_out.observe(bytes_out)
        series.seconds_of_all.observe(seconds)
        series.seconds.observe(seconds)


@dataclass(frozen=True, slots=True)
class _Series:
    """Where requests of one method, route and status are counted."""

    total: Counter
    bytes_in: Summary
    bytes_out: Summary
    seconds_of_all: Histogram
    seconds: Histogram


class _Made(CollectorRegistry):
    """The instrumentator's metrics, which it registers and keeps to itself."""

    def __init__(self) -> None:
        super().__init__()
        self._by_name: dict[str, Any] = {}

    def register(self, collector: Collector) -> None:
        """Takes in a metric."""
        super().register(collector)
        [family] = collector.collect()
        self._by_name[family.name] = collector

    def series(self, method: str, handler: str, status: int) -> _Series:
        """The five series of these labels."""
        return _Series(
            total=self._by_name["http_requests"].labels(method, str(status), handler),
            bytes_in=self._by_name["http_request_size_bytes"].labels(handler),
            bytes_out=self._by_name["http_response_size_bytes"].labels(handler),
            seconds_of_all=self._by_name["http_request_duration_highr_seconds"],
            seconds=self._by_name["http_request_duration_seconds"].labels(method, handler),
        )


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
        """The connections by state, and the versions of the service and of its zone rules."""
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
        tzdata = GaugeMetricFamily(
            "calendar_api_tzdata_info",
            "Always 1; the version of the zone rules.",
            labels=["version"],
        )
        tzdata.add_metric([zones.RULES_VERSION], 1)
        yield tzdata
