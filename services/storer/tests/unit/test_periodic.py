import asyncio
import time
from typing import Any

import pytest
from structlog.testing import capture_logs

from calendar_storer.errors import DatabaseUnavailable, TablesMissing
from calendar_storer.observability.metrics import Metrics
from calendar_storer.observability.outages import Outages
from calendar_storer.periodic import Backoff, run_periodically


class Script:
    """A step with scripted results that stops the loop after the last one."""

    def __init__(self, *script: BaseException | float) -> None:
        self.stop = asyncio.Event()
        self.calls = 0
        self._script = list(script)

    async def step(self) -> float:
        self.calls += 1
        action = self._script.pop(0)
        if not self._script:
            self.stop.set()
        if isinstance(action, BaseException):
            raise action
        return action

    async def run(self, metrics: Metrics | None = None) -> list[Any]:
        with capture_logs() as lines:
            await run_periodically(
                "work",
                self.step,
                stop=self.stop,
                outages=Outages(),
                metrics=metrics or Metrics(),
            )
        return lines


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Backoff, "FIRST", 0.001)
    monkeypatch.setattr(Backoff, "MOST", 0.001)


def test_backoff_doubles_from_a_quarter_of_a_second_to_five(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.undo()
    backoff = Backoff()

    delays = [backoff.next() for _ in range(7)]

    for delay, expected in zip(delays, [0.25, 0.5, 1, 2, 4, 5, 5], strict=True):
        assert delay == pytest.approx(expected, rel=0.1)
    backoff.reset()
    assert backoff.next() == pytest.approx(0.25, rel=0.1)


async def test_failed_step_does_not_end_the_loop() -> None:
    script = Script(DatabaseUnavailable("x"), TablesMissing("x"), ValueError("a bug"), 0)
    metrics = Metrics()

    lines = await script.run(metrics)

    assert script.calls == 4
    failures = metrics.registry.get_sample_value(
        "calendar_storer_background_loop_failures_total", {"loop": "work"}
    )
    assert failures == 3
    assert [line["event"] for line in lines if line["log_level"] == "error"] == ["step_failed"]


async def test_time_of_the_last_success_is_recorded() -> None:
    metrics = Metrics()
    started = time.time()

    await Script(0).run(metrics)

    last_success = metrics.registry.get_sample_value(
        "calendar_storer_background_loop_last_success_timestamp_seconds", {"loop": "work"}
    )
    assert last_success is not None
    assert last_success >= started


async def test_outage_logs_one_line_at_its_start_and_one_at_its_end() -> None:
    away = [DatabaseUnavailable(reason) for reason in ("refused", "refused", "too slow")]

    lines = await Script(0, *away, 0, 0).run()

    assert [line["event"] for line in lines] == ["dependency_unavailable", "dependency_available"]


async def test_step_that_hangs_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calendar_storer.periodic.STEP_SECONDS", 0.01)
    stop = asyncio.Event()

    async def hang() -> float:
        stop.set()
        await asyncio.Event().wait()
        return 0

    with capture_logs() as lines:
        await run_periodically("work", hang, stop=stop, outages=Outages(), metrics=Metrics())

    assert [(line["event"], line["loop"]) for line in lines] == [("step_failed", "work")]


async def test_stop_interrupts_a_long_sleep() -> None:
    stop = asyncio.Event()

    async def step() -> float:
        asyncio.get_running_loop().call_later(0.01, stop.set)
        return 3600

    async with asyncio.timeout(5):
        await run_periodically("work", step, stop=stop, outages=Outages(), metrics=Metrics())
