"""A group consumer over a fake of aiokafka's."""

from collections.abc import Callable
from typing import Any

import pytest

from calendar_storer.kafka import consumer as consumer_module
from calendar_storer.kafka.assignment import Assignment
from calendar_storer.kafka.consumer import GroupConsumer
from calendar_storer.observability.metrics import Metrics
from calendar_storer.observability.outages import Outages

Join = Callable[[Any], tuple[GroupConsumer, Assignment, Metrics]]


@pytest.fixture
def join(monkeypatch: pytest.MonkeyPatch) -> Join:
    """Makes group consumers; all partitions of the fake are assigned."""
    # A machine that stands still for seconds must not look like a broker that is silent.
    for limit in ("FETCH_SECONDS", "COMMIT_SECONDS", "REWIND_SECONDS"):
        monkeypatch.setattr(consumer_module, limit, 3600.0)

    def join_one(fake: Any) -> tuple[GroupConsumer, Assignment, Metrics]:
        metrics = Metrics()
        assignment = Assignment(metrics)
        assignment.on_partitions_assigned(set(fake.log))
        outages = Outages(failures=metrics.failures, away=metrics.waiting)
        consumer = GroupConsumer(fake, assignment=assignment, outages=outages, metrics=metrics)
        return consumer, assignment, metrics

    return join_one
