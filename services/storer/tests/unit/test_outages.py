"""Trying again: with growing pauses, told once, never past its time or the service's stop."""

import asyncio
import time
from itertools import pairwise

import pytest
from structlog.testing import capture_logs

from calendar_storer.errors import (
    BrokerUnavailable,
    DatabaseUnavailable,
    Interrupted,
    TableMissing,
)
from calendar_storer.metrics import Metrics
from calendar_storer.outages import Outages


class Step:
    """Fails so many times, then gives 42."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.called_at: list[float] = []

    async def __call__(self) -> int:
        self.called_at.append(time.monotonic())
        if self.errors:
            raise self.errors.pop(0)
        return 42


def made() -> tuple[Outages, asyncio.Event, Metrics]:
    stop, metrics = asyncio.Event(), Metrics()
    return Outages(metrics, stop), stop, metrics


async def test_tells_the_beginning_and_the_end_once() -> None:
    outages, _, metrics = made()
    with capture_logs() as lines:
        away = DatabaseUnavailable("gone")
        assert await outages.outlast(Step(away, away, away), DatabaseUnavailable) == 42
    assert [line["event"] for line in lines] == ["dependency_unavailable", "dependency_available"]
    assert lines[0]["dependency"] == "database"
    assert lines[0]["reason"] == "gone"
    labels = {"dependency": "database"}
    assert metrics.registry.get_sample_value("calendar_storer_failures_total", labels) == 3
    assert metrics.registry.get_sample_value("calendar_storer_waiting", labels) == 0


async def test_pauses_grow_up_to_a_limit() -> None:
    outages, *_ = made()
    step = Step(*[DatabaseUnavailable("gone")] * 4)
    await outages.outlast(step, DatabaseUnavailable, longest_pause=0.2)
    pauses = [later - earlier for earlier, later in pairwise(step.called_at)]
    assert pauses == pytest.approx([0.1, 0.2, 0.2, 0.2], abs=0.08)


async def test_gives_up_when_the_time_is_up() -> None:
    outages, _, metrics = made()
    step = Step(*[DatabaseUnavailable("gone")] * 100)
    with pytest.raises(Interrupted):
        await outages.outlast(step, DatabaseUnavailable, seconds=0.2)
    assert 2 <= len(step.called_at) <= 3
    labels = {"dependency": "database"}
    assert metrics.registry.get_sample_value("calendar_storer_waiting", labels) == 1


async def test_a_stop_ends_the_pause() -> None:
    outages, stop, _ = made()
    asyncio.get_running_loop().call_later(0.05, stop.set)
    started = time.monotonic()
    with pytest.raises(Interrupted):
        await outages.outlast(Step(*[TableMissing("none")] * 100), TableMissing)
    assert time.monotonic() - started < 0.5


async def test_what_was_not_expected_is_raised() -> None:
    outages, *_ = made()
    with pytest.raises(BrokerUnavailable):
        await outages.outlast(Step(BrokerUnavailable("gone")), DatabaseUnavailable)
