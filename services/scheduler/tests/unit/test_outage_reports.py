"""An outage is one log line at its beginning and one at its end, for all tasks that report it."""

from collections.abc import Iterator
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge
from structlog.testing import capture_logs

from calendar_scheduler.errors import DatabaseUnavailable, Unavailable
from calendar_scheduler.observability.outages import Outages


class QueueUnavailable(Unavailable):
    dependency = "queue"


class TopicMissing(QueueUnavailable):
    dependency = "topic"


@pytest.fixture
def lines() -> Iterator[list[Any]]:
    with capture_logs() as lines:
        yield lines


def events(lines: list[Any]) -> list[tuple[str, str]]:
    return [(line["event"], line["dependency"]) for line in lines]


def test_outage_is_one_line_and_its_end_another(lines: list[Any]) -> None:
    outages = Outages({"database": "db:5432"})
    outages.failed(DatabaseUnavailable("refused"))
    outages.failed(DatabaseUnavailable("too slow"))
    outages.over(DatabaseUnavailable)
    outages.over(DatabaseUnavailable)

    assert lines[0] == {
        "event": "dependency_unavailable",
        "dependency": "database",
        "address": "db:5432",
        "reason": "refused",
        "log_level": "warning",
    }
    assert events(lines[1:]) == [("dependency_available", "database")]
    assert lines[1]["seconds"] >= 0


def test_outage_that_two_tasks_report_is_over_when_both_are_served(lines: list[Any]) -> None:
    outages = Outages()
    outages.failed(DatabaseUnavailable("refused"), by="reminders")
    outages.failed(DatabaseUnavailable("refused"), by="retention")
    outages.over(by="reminders")
    assert events(lines) == [("dependency_unavailable", "database")]

    outages.over(by="retention")
    assert events(lines[1:]) == [("dependency_available", "database")]


def test_only_the_kinds_named_are_over(lines: list[Any]) -> None:
    outages = Outages()
    outages.failed(DatabaseUnavailable("refused"))
    outages.failed(QueueUnavailable("refused"))
    outages.over(DatabaseUnavailable)

    assert events(lines[2:]) == [("dependency_available", "database")]
    assert outages.is_away(QueueUnavailable)
    assert not outages.is_away(DatabaseUnavailable)


def test_kind_includes_the_more_particular_ones(lines: list[Any]) -> None:
    outages = Outages()
    outages.failed(TopicMissing("none"))
    outages.over(QueueUnavailable)

    assert events(lines[1:]) == [("dependency_available", "topic")]


def test_metrics_count_failures_and_show_what_is_away() -> None:
    registry = CollectorRegistry()
    failures = Counter("failures", "Failures.", ["dependency"], registry=registry)
    away = Gauge("away", "What is away.", ["dependency"], registry=registry)
    outages = Outages(failures=failures, away=away)
    labels = {"dependency": "database"}

    outages.failed(DatabaseUnavailable("refused"))
    outages.failed(DatabaseUnavailable("refused"))
    assert registry.get_sample_value("failures_total", labels) == 2
    assert registry.get_sample_value("away", labels) == 1

    outages.over(DatabaseUnavailable)
    assert registry.get_sample_value("away", labels) == 0
