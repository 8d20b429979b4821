"""Every series is there from the start, and the README's table is complete."""

import re
from pathlib import Path

from calendar_storer.notifications.records import Reason
from calendar_storer.observability.metrics import DEPENDENCIES, Metrics
from calendar_storer.webhooks.results import Failure

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")


def test_series_with_known_labels_start_at_zero() -> None:
    sample = Metrics().registry.get_sample_value
    for reason in Reason:
        assert sample("calendar_storer_dead_letters_total", {"reason": reason}) == 0
    for dependency in DEPENDENCIES:
        labels = {"dependency": dependency}
        assert sample("calendar_storer_failures_total", labels) == 0
        assert sample("calendar_storer_waiting", labels) == 0
    for name in (
        *("notifications_stored", "duplicates", "unreadable_records", "loop_errors"),
        *("notifications_deleted", "streams_refused", "streams_dropped"),
    ):
        assert sample(f"calendar_storer_{name}_total") == 0


def test_series_of_endpoints_and_loops_start_at_zero() -> None:
    metrics = Metrics()
    metrics.webhooks.create_series(["crm"])
    metrics.create_loops(["retention"])
    sample = metrics.registry.get_sample_value
    for name in (
        *("attempts_total", "delivery_seconds_count", "breaker_open", "disabled"),
        *("parked_deliveries", "oldest_undelivered_timestamp_seconds"),
    ):
        assert sample(f"calendar_storer_webhook_{name}", {"endpoint": "crm"}) == 0
    for reason in Failure:
        labels = {"endpoint": "crm", "reason": reason}
        assert sample("calendar_storer_webhook_failures_total", labels) == 0
    for name in ("failures_total", "last_success_timestamp_seconds"):
        assert sample(f"calendar_storer_background_loop_{name}", {"loop": "retention"}) == 0


def test_the_readme_has_each_metric_and_no_other() -> None:
    families = [
        family
        for family in Metrics().registry.collect()
        if family.name.startswith("calendar_storer_")
    ]
    exported = {f"{each.name}_total" if each.type == "counter" else each.name for each in families}
    assert set(re.findall(r"^\| `(calendar_storer_\w+)", README, re.MULTILINE)) == exported


def test_the_readme_has_each_reason_of_a_failed_webhook() -> None:
    for reason in Failure:
        assert f"`{reason}`" in README


def test_the_readme_has_each_reason_of_a_dead_letter() -> None:
    for reason in Reason:
        assert f"`{reason}`" in README
