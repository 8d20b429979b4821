"""The service's Prometheus metrics: HTTP by the instrumentator, the pool by a collector of ours."""

from collections.abc import Iterator
from typing import Final

from fastapi import FastAPI
from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from prometheus_fastapi_instrumentator import Instrumentator

from calendar_api import __version__
from calendar_api.database import Pool

LATENCY_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
"""Seconds. Every answer comes within 5."""

OPERATIONS: Final = ["/healthz", "/readyz", "/metrics", "/docs", "/openapi.json"]


def registry() -> CollectorRegistry:
    """A registry of one application's own, with what the process tells of itself."""
    own = CollectorRegistry(auto_describe=True)
    ProcessCollector(registry=own)
    PlatformCollector(registry=own)
    GCCollector(registry=own)
    return own


def instrument(app: FastAPI, own: CollectorRegistry) -> None:
    """Counts and times requests by method, route and status; all unknown paths are one label."""
    Instrumentator(
        should_group_status_codes=False,
        should_ignore_untemplated=False,
        should_group_untemplated=True,
        excluded_handlers=OPERATIONS,
        registry=own,
    ).instrument(app, latency_lowr_buckets=LATENCY_BUCKETS, latency_highr_buckets=LATENCY_BUCKETS)


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
