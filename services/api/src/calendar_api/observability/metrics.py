"""The API's Prometheus metrics, but for those of HTTP (`web/request_metrics.py`)."""

from collections.abc import Iterator
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from calendar_api import __version__, zones
from calendar_api.database.pool import Pool

LOOPS: Final = ("refill", "zone_rules")
"""The loops of the planner."""


class Metrics:
    """The metrics of the process, and of the loops in it. Every series exists from the start."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=True)
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self._add_planning()
        self._add_loops()

    def _add_planning(self) -> None:
        self.planned_until = Gauge(
            "calendar_api_reminders_planned_until_timestamp_seconds",
            "The earliest end of a list of planned reminders that is to be continued, in seconds"
            " since 1970; 0 if there is none.",
            registry=self.registry,
        )
        self.reminders_planned = Counter(
            "calendar_api_reminders_planned",
            "Reminders of series that the planner added to lists.",
            registry=self.registry,
        )
        self.zone_updates = Counter(
            "calendar_api_zone_updates",
            "Events brought up to date with new rules of their time zone.",
            registry=self.registry,
        )
        self.planning_failures = Counter(
            "calendar_api_planning_failures",
            "Attempts to plan an event that failed.",
            registry=self.registry,
        )
        self.planning_failing = Gauge(
            "calendar_api_planning_failing_events",
            "Events that this process failed to plan last (refill), or that do not follow the"
            " current rules of their time zone (zone_rules).",
            ["loop"],
            registry=self.registry,
        )

    def _add_loops(self) -> None:
        self.loop_last_success = Gauge(
            "calendar_api_loop_last_success_timestamp_seconds",
            "When a step of the loop last succeeded, in seconds since 1970; 0 if none has.",
            ["loop"],
            registry=self.registry,
        )
        self.loop_failures = Counter(
            "calendar_api_loop_failures",
            "Steps of the loop that failed.",
            ["loop"],
            registry=self.registry,
        )
        for loop in LOOPS:
            self.planning_failing.labels(loop)
            self.loop_last_success.labels(loop)
            self.loop_failures.labels(loop)


class PoolCollector(Collector):
    """Reads the pool for each scrape."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The connections by state; the versions of the service and of the time zone rules."""
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
