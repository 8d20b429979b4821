"""The metrics of webhooks; the README lists them with the others."""

from collections.abc import Iterable
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from calendar_storer.webhooks.results import Failure

DELIVERY_BUCKETS: Final = (
    *(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    *(60, 300, 1800, 3600, 6 * 3600, 24 * 3600, 72 * 3600),
)
"""Seconds: from normal operation to the last retry."""


class WebhookMetrics:
    """By endpoint: the names come from the settings, so there are few."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.delivery_seconds = Histogram(
            "calendar_storer_webhook_delivery_seconds",
            "From when a notification was stored to when the endpoint accepted it.",
            ["endpoint"],
            buckets=DELIVERY_BUCKETS,
            registry=registry,
        )
        self.attempts = Counter(
            "calendar_storer_webhook_attempts",
            "Attempts to deliver.",
            ["endpoint"],
            registry=registry,
        )
        self.failures = Counter(
            "calendar_storer_webhook_failures",
            "Attempts that failed.",
            ["endpoint", "reason"],
            registry=registry,
        )
        self.breaker_open = Gauge(
            "calendar_storer_webhook_breaker_open",
            "1 while deliveries are held back because attempts failed in a row.",
            ["endpoint"],
            registry=registry,
        )
        self.disabled = Gauge(
            "calendar_storer_webhook_disabled",
            "1 from an answer 410 until an operator enables the endpoint.",
            ["endpoint"],
            registry=registry,
        )
        self.parked = Gauge(
            "calendar_storer_webhook_parked_deliveries",
            "Deliveries that failed to the last retry and wait for an operator.",
            ["endpoint"],
            registry=registry,
        )
        self.oldest = Gauge(
            "calendar_storer_webhook_oldest_undelivered_timestamp_seconds",
            "When the oldest notification was stored that is neither delivered nor parked,"
            " in seconds since 1970; 0 if there is none.",
            ["endpoint"],
            registry=registry,
        )

    def create_series(self, endpoints: Iterable[str]) -> None:
        """Let the series of these endpoints exist, with the value zero."""
        for name in endpoints:
            for metric in (
                *(self.delivery_seconds, self.attempts, self.breaker_open),
                *(self.disabled, self.parked, self.oldest),
            ):
                metric.labels(name)
            for reason in Failure:
                self.failures.labels(name, reason)
