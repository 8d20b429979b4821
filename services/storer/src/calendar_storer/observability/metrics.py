"""The service's Prometheus metrics; the README lists them."""

from collections.abc import Iterable
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

from calendar_storer import __version__
from calendar_storer.errors import (
    BrokerUnavailable,
    CommitUnavailable,
    DatabaseUnavailable,
    DeadLettersUnavailable,
    TablesMissing,
    TopicMissing,
)
from calendar_storer.notifications.records import Reason
from calendar_storer.observability.webhook_metrics import WebhookMetrics

LATENESS_BUCKETS: Final = (
    *(0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 10, 30),
    *(60, 300, 1800, 3600, 6 * 3600, 24 * 3600),
)
"""Seconds: from normal operation to a long outage."""

STREAM_DELAY_BUCKETS: Final = (0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.5, 1, 2.5, 5, 10, 30)

INSERT_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)

DEPENDENCIES: Final = tuple(
    kind.dependency
    for kind in (
        DatabaseUnavailable,
        TablesMissing,
        BrokerUnavailable,
        TopicMissing,
        DeadLettersUnavailable,
        CommitUnavailable,
    )
)


class Metrics:
    """All metrics, in a registry of their own. Series with known labels exist from the start."""

    def __init__(self) -> None:
        own = self.registry = CollectorRegistry(auto_describe=True)
        ProcessCollector(registry=own)
        PlatformCollector(registry=own)
        GCCollector(registry=own)
        self.end_to_end = Histogram(
            "calendar_storer_end_to_end_seconds",
            "From when a notification was due to when it was stored, by the database's clock.",
            buckets=LATENESS_BUCKETS,
            registry=own,
        )
        self.insert = Histogram(
            "calendar_storer_insert_seconds",
            "One INSERT of a batch, also one that failed.",
            buckets=INSERT_BUCKETS,
            registry=own,
        )
        self.stored = Counter("calendar_storer_notifications_stored", "New rows.", registry=own)
        self.duplicates = Counter(
            "calendar_storer_duplicates", "Notifications that were stored already.", registry=own
        )
        self.dead_letters = Counter(
            "calendar_storer_dead_letters",
            "Records written to the dead letter topic.",
            ["reason"],
            registry=own,
        )
        self.unreadable = Counter(
            "calendar_storer_unreadable_records",
            "Offsets skipped because Kafka's own format is broken there. Each may be a loss.",
            registry=own,
        )
        self.lag = Gauge(
            "calendar_storer_consumer_lag_records",
            "Records of an assigned partition that are not stored yet.",
            ["partition"],
            registry=own,
        )
        self.streams = Gauge(
            "calendar_storer_streams", "Open streams of notifications.", registry=own
        )
        self.streams_refused = Counter(
            "calendar_storer_streams_refused",
            "Streams that were refused because there were too many.",
            registry=own,
        )
        self.streams_dropped = Counter(
            "calendar_storer_streams_dropped",
            "Streams that were ended because their client read too slowly.",
            registry=own,
        )
        self.stream_delay = Histogram(
            "calendar_storer_stream_delay_seconds",
            "From when a notification was stored to when the streams of its user had it, by the"
            " database's clock.",
            buckets=STREAM_DELAY_BUCKETS,
            registry=own,
        )
        self.failures = Counter(
            "calendar_storer_failures",
            "Attempts that failed because a dependency was unavailable.",
            ["dependency"],
            registry=own,
        )
        self.waiting = Gauge(
            "calendar_storer_waiting",
            "1 while a dependency is unavailable.",
            ["dependency"],
            registry=own,
        )
        self.rebalances = Counter(
            "calendar_storer_rebalances", "Assignments of partitions.", registry=own
        )
        self.loop_errors = Counter(
            "calendar_storer_loop_errors", "Unexpected errors; each is a bug.", registry=own
        )
        self.last_success = Gauge(
            "calendar_storer_loop_last_success_timestamp_seconds",
            "When the loop last processed all records that it had fetched.",
            registry=own,
        )
        self.loop_failures = Counter(
            "calendar_storer_background_loop_failures",
            "Steps of a background loop that failed.",
            ["loop"],
            registry=own,
        )
        self.loop_last_success = Gauge(
            "calendar_storer_background_loop_last_success_timestamp_seconds",
            "When a step of a background loop last succeeded, in seconds since 1970.",
            ["loop"],
            registry=own,
        )
        self.notifications_deleted = Counter(
            "calendar_storer_notifications_deleted",
            "Notifications deleted because they were stored longer ago than the retention.",
            registry=own,
        )
        self.webhooks = WebhookMetrics(own)
        build = Gauge("calendar_storer_build_info", "Always 1.", ["version"], registry=own)
        build.labels(__version__).set(1)
        for reason in Reason:
            self.dead_letters.labels(reason)
        for dependency in DEPENDENCIES:
            self.failures.labels(dependency)
            self.waiting.labels(dependency)

    def create_loops(self, names: Iterable[str]) -> None:
        """Let the series of these background loops exist, with the value zero."""
        for name in names:
            self.loop_failures.labels(name)
            self.loop_last_success.labels(name)
