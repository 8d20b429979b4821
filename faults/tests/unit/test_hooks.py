"""Hooks inside a service's process: wrapped functions, points, a shifted clock, breakages."""

import asyncio
import datetime as dt
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from calendar_faults.service import ROOT, Points
from calendar_faults_hooks import clock, points
from calendar_faults_hooks.breakages import BREAKAGES
from calendar_faults_hooks.wrapping import owner_of, wrap

HOUR = 3600.0


class Work:
    """Something with a method to wrap."""

    def __init__(self) -> None:
        self.done: list[str] = []

    async def do(self, what: str, *, fails: bool = False) -> str:
        if fails:
            raise OSError(what)
        self.done.append(what)
        return what.upper()


NAME = f"{__name__}:Work.do"


@pytest.fixture(autouse=True)
def restore(monkeypatch: pytest.MonkeyPatch) -> None:
    """Restores what the hooks replace."""
    monkeypatch.setattr(Work, "do", Work.do)
    monkeypatch.setattr(time, "time", time.time)
    monkeypatch.setattr(time, "time_ns", time.time_ns)
    monkeypatch.setattr(dt, "datetime", dt.datetime)


# ----------------------------------------------------------------------------------- wrapping


def test_the_owner_of_a_method_and_of_a_constant() -> None:
    assert owner_of(NAME) == (Work, "do")
    assert owner_of("calendar_faults_hooks.points:HOLD") == (points, "HOLD")
    with pytest.raises(AttributeError):
        owner_of(f"{NAME}_twice")


async def test_before_and_after_are_called_around_the_method() -> None:
    work = Work()

    async def before() -> None:
        work.done.append("before")

    async def after() -> None:
        work.done.append("after")

    wrap(NAME, before=before, after=after)

    assert await work.do("tea", fails=False) == "TEA"
    assert work.done == ["before", "tea", "after"]
    with pytest.raises(OSError, match="tea"):
        await work.do("tea", fails=True)
    assert work.done[-1] == "before"


# ------------------------------------------------------------------------------------- points


@pytest.fixture
def signals(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """The signals that a point would have sent."""
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda pid, number: sent.append((pid, number)))
    return sent


async def test_without_a_request_nothing_happens(
    tmp_path: Path, signals: list[tuple[int, int]]
) -> None:
    await points.Point("claimed", tmp_path).reach()

    assert signals == []
    with pytest.raises(AssertionError, match="a process reaches claimed"):
        await Points(tmp_path).wait_until_reached("claimed", seconds=0)


@pytest.mark.parametrize(
    ("action", "number"),
    [("kill", signal.SIGKILL), ("freeze", signal.SIGSTOP), ("terminate", signal.SIGTERM)],
)
async def test_the_first_process_gets_the_signal(
    tmp_path: Path, signals: list[tuple[int, int]], action: str, number: signal.Signals
) -> None:
    point = points.Point("claimed", tmp_path)
    Points(tmp_path).request("claimed", action)

    await point.reach()
    await point.reach()

    assert signals == [(os.getpid(), number)]
    await Points(tmp_path).wait_until_reached("claimed", seconds=0)


async def test_the_first_process_is_held_until_it_is_released(tmp_path: Path) -> None:
    suite = Points(tmp_path)
    suite.request("claimed", "hold")
    held = asyncio.create_task(points.Point("claimed", tmp_path).reach())
    await suite.wait_until_reached("claimed")
    # The second process is not held.
    await points.Point("claimed", tmp_path).reach()

    assert not held.done()
    suite.release("claimed")
    async with asyncio.timeout(30):
        await held


async def test_points_are_before_and_after_the_method(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(points.BEFORE, "api", {"early": NAME})
    monkeypatch.setitem(points.AFTER, "api", {"late": NAME})
    points.install("api", tmp_path)
    work, suite = Work(), Points(tmp_path)

    for point, is_done in (("early", False), ("late", True)):
        suite.request(point, "hold")
        task = asyncio.create_task(work.do("tea"))
        await suite.wait_until_reached(point)
        assert bool(work.done) is is_done
        suite.release(point)
        await task
        work.done.clear()


# -------------------------------------------------------------------------------------- clock


def test_the_wall_clock_is_shifted_and_the_monotonic_one_is_not() -> None:
    real, monotonic = time.time(), time.monotonic()
    clock.shift(-HOUR)
    instant = dt.datetime.fromtimestamp(real - HOUR, dt.UTC)

    assert time.time() == pytest.approx(real - HOUR, abs=300)
    assert time.time_ns() / 1e9 == pytest.approx(real - HOUR, abs=300)
    assert abs(dt.datetime.now(dt.UTC) - instant) < dt.timedelta(minutes=5)
    assert time.monotonic() == pytest.approx(monotonic, abs=300)


def test_real_instances_are_instances_of_the_shifted_class() -> None:
    """Drivers written in C create real ones, and libraries check against the class they see."""
    real = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
    real_class = dt.datetime
    clock.shift(HOUR)

    assert dt.datetime is not real_class
    assert isinstance(real, dt.datetime)
    assert isinstance(dt.datetime.now(dt.UTC), real_class)
    assert dt.datetime(2026, 11, 23, tzinfo=dt.UTC) == real
    assert not isinstance(dt.date(2026, 11, 23), dt.datetime)
    assert not isinstance("2026-11-23", dt.datetime)


# ---------------------------------------------------------------------------- real services


@pytest.mark.parametrize(
    ("service", "hooks"),
    [
        *((service, {"FAULTS_POINTS": ".", "FAULTS_CLOCK": "3600"}) for service in BREAKAGES),
        ("storer", {"FAULTS_RETRIES": "600", "FAULTS_LEASE": "6"}),
        *(
            (service, {"FAULTS_BREAKAGE": name})
            for service, functions in BREAKAGES.items()
            for name in functions
        ),
    ],
)
def test_the_real_services_have_what_the_hooks_replace(service: str, hooks: dict[str, str]) -> None:
    python = ROOT / "services" / service / ".venv/bin/python"

    ended = subprocess.run(
        [python, "-m", "calendar_faults_hooks", service, "--version"],
        env={**os.environ, "PYTHONPATH": str(ROOT / "faults/src"), **hooks},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr
