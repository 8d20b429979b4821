"""The service's Prometheus metrics. Its README has the table."""

from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)

from calendar_scheduler import __version__

LOOPS: Final = ("reminders", "retention", "backlog")
FAILURES: Final = ("refused", "outage")

# From the milliseconds of an idle system to the hours of an outage.
LAG_BUCKETS: Final = (
    *(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    *(60, 300, 900, 3600, 4 * 3600, 24 * 3600),
)


class Metrics:
    """The metrics of one process. Every series exists from the start."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=True)
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self._add_publishing()
        self._add_backlog()
        self._add_loops()

    def _add_publishing(self) -> None:
        self.publish_lag = Histogram(
            "calendar_scheduler_publish_lag_seconds",
            "From when a reminder could be sent at the earliest until Kafka acknowledged it.",
            buckets=LAG_BUCKETS,
            registry=self.registry,
        )
        self.published = Counter(
            "calendar_scheduler_notifications_published",
            "Notifications that Kafka acknowledged.",
            registry=self.registry,
        )
        self.publish_failures = Counter(
            "calendar_scheduler_publish_failures",
            "Reminders refused (each attempt), and batches that failed in an outage of the broker.",
            ["kind"],
            registry=self.registry,
        )
        for kind in FAILURES:
            self.publish_failures.labels(kind)
        self.commits_in_doubt = Counter(
            "calendar_scheduler_commits_in_doubt",
            "Transactions whose COMMIT was not answered; their reminders may be published twice.",
            registry=self.registry,
        )
        self.breaker_open = Gauge(
            "calendar_scheduler_breaker_open",
            "1 from an outage of the broker until a reminder is published again.",
            registry=self.registry,
        )

    def _add_backlog(self) -> None:
        self.due_reminders = Gauge(
            "calendar_scheduler_due_reminders",
            "Reminders that are due and not published.",
            registry=self.registry,
        )
        self.oldest_due = Gauge(
            "calendar_scheduler_oldest_due_timestamp_seconds",
            "When the oldest of them became due, in seconds since 1970; 0 if there is none.",
            registry=self.registry,
        )
        self.parked_reminders = Gauge(
            "calendar_scheduler_parked_reminders",
            "Reminders that failed ten times and wait for an operator.",
            registry=self.registry,
        )
        self.events_deleted = Counter(
            "calendar_scheduler_events_deleted",
            "Events deleted because they ended longer ago than the retention.",
            registry=self.registry,
        )

    def _add_loops(self) -> None:
        self.loop_last_success = Gauge(
            "calendar_scheduler_loop_last_success_timestamp_seconds",
            "When a step of the loop last succeeded, in seconds since 1970; 0 if none has.",
            ["loop"],
            registry=self.registry,
        )
        self.loop_failures = Counter(
            "calendar_scheduler_loop_failures",
            "Steps of the loop that failed.",
            ["loop"],
            registry=self.registry,
        )
        for loop in LOOPS:
            self.loop_last_success.labels(loop)
            self.loop_failures.labels(loop)
        build = Gauge(
            "calendar_scheduler_build_info", "Always 1.", ["version"], registry=self.registry
        )
        build.labels(__version__).set(1)
