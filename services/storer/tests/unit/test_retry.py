"""Trying again: with growing pauses, told once, never past its time or the service's stop."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from types import SimpleNamespace

import pytest
from structlog.testing import capture_logs

from calendar_storer import retry
from calendar_storer.errors import (
    Aborted,
    BrokerUnavailable,
    DatabaseUnavailable,
    TablesMissing,
)
from calendar_storer.observability.metrics import Metrics
from calendar_storer.observability.outages import Outages


class Step:
    """Fails so many times, then gives 42."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)

    async def __call__(self) -> int:
        if self.errors:
            raise self.errors.pop(0)
        return 42


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def stop() -> asyncio.Event:
    return asyncio.Event()


Retry = Callable[..., Awaitable[int]]


@pytest.fixture
def retrying(metrics: Metrics, stop: asyncio.Event) -> Retry:
    outages = Outages(failures=metrics.failures, away=metrics.waiting)
    return partial(retry.retry_until_available, outages=outages, stop=stop)


async def test_tells_the_beginning_and_the_end_once(retrying: Retry, metrics: Metrics) -> None:
    with capture_logs() as lines:
        away = DatabaseUnavailable("gone")
        assert await retrying(Step(away, away, away), DatabaseUnavailable) == 42
    assert [line["event"] for line in lines] == ["dependency_unavailable", "dependency_available"]
    assert lines[0]["dependency"] == "database"
    assert lines[0]["reason"] == "gone"
    labels = {"dependency": "database"}
    assert metrics.registry.get_sample_value("calendar_storer_failures_total", labels) == 3
    assert metrics.registry.get_sample_value("calendar_storer_waiting", labels) == 0


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses so far, in seconds. No other time passes, and they take none."""
    pauses: list[float] = []

    async def pause(seconds: float, _stop: asyncio.Event) -> None:
        pauses.append(seconds)

    clock = SimpleNamespace(monotonic=lambda: sum(pauses))
    monkeypatch.setattr(retry, "time", clock)
    monkeypatch.setattr(retry, "pause", pause)
    return pauses


async def test_pauses_grow_up_to_a_limit(retrying: Retry, pauses: list[float]) -> None:
    step = Step(*[DatabaseUnavailable("gone")] * 4)
    await retrying(step, DatabaseUnavailable, longest_pause=0.3)
    assert pauses == [0.1, 0.2, 0.3, 0.3]


async def test_a_pause_lasts(stop: asyncio.Event) -> None:
    started = time.monotonic()
    await retry.pause(0.05, stop)
    assert time.monotonic() - started >= 0.05


async def test_gives_up_when_the_time_is_up(
    retrying: Retry, metrics: Metrics, pauses: list[float]
) -> None:
    step = Step(*[DatabaseUnavailable("gone")] * 100)
    with pytest.raises(Aborted):
        await retrying(step, DatabaseUnavailable, seconds=1.4)
    assert len(step.errors) == 96
    assert pauses == [0.1, 0.2, 0.4, 0.8]
    labels = {"dependency": "database"}
    assert metrics.registry.get_sample_value("calendar_storer_waiting", labels) == 1


async def test_a_stop_ends_the_pause(
    retrying: Retry, stop: asyncio.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "FIRST_PAUSE", 3600.0)
    asyncio.get_running_loop().call_later(0.05, stop.set)
    with pytest.raises(Aborted):
        async with asyncio.timeout(10):
            await retrying(Step(*[TablesMissing("none")] * 100), TablesMissing)


async def test_what_was_not_expected_is_raised(retrying: Retry) -> None:
    with pytest.raises(BrokerUnavailable):
        await retrying(Step(BrokerUnavailable("gone")), DatabaseUnavailable)
