"""What runs inside a service's process: wrapped methods, chosen points, a turned clock."""

import asyncio
import datetime as dt
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from calendar_faults.points import Points
from calendar_faults.service import ROOT
from calendar_faults_hooks import clock, points
from calendar_faults_hooks.breakages import BREAKAGES
from calendar_faults_hooks.wrapping import owner_of, wrap

HOUR = 3600.0


class Work:
    """Something with a method to wrap."""

    def __init__(self) -> None:
        self.done: list[str] = []

    async def do(self, what: str, *, fails: bool = False) -> str:
        """Does it."""
        if fails:
            raise OSError(what)
        self.done.append(what)
        return what.upper()


NAME = f"{__name__}:Work.do"


@pytest.fixture(autouse=True)
def keep(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the hooks replace is put back."""
    monkeypatch.setattr(Work, "do", Work.do)
    monkeypatch.setattr(time, "time", time.time)
    monkeypatch.setattr(time, "time_ns", time.time_ns)
    monkeypatch.setattr(dt, "datetime", dt.datetime)


# ----------------------------------------------------------------------------------- wrapping


def test_the_owner_of_a_method_and_of_a_constant() -> None:
    assert owner_of(NAME) == (Work, "do")
    assert owner_of("calendar_faults_hooks.points:HOLD") == (points, "HOLD")


async def test_before_and_after_are_around_the_method() -> None:
    work = Work()

    async def before() -> None:
        work.done.append("before")

    async def after() -> None:
        work.done.append("after")

    wrap(NAME, before=before, after=after)

    assert await work.do("tea", fails=False) == "TEA"
    assert work.done == ["before", "tea", "after"]
    assert Work.do.__doc__ == "Does it."


async def test_nothing_comes_after_a_method_that_fails() -> None:
    async def after() -> None:
        pytest.fail("it did not end well")

    wrap(NAME, after=after)

    with pytest.raises(OSError, match="tea"):
        await Work().do("tea", fails=True)


# ------------------------------------------------------------------------------------- points


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """The signals that a point has sent, which are not sent."""
    signals: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda pid, number: signals.append((pid, number)))
    return signals


async def test_where_nothing_is_asked_nothing_happens(
    tmp_path: Path, sent: list[tuple[int, int]]
) -> None:
    await points.Point("claimed", tmp_path).reach()

    assert sent == []
    with pytest.raises(AssertionError, match="in vain"):
        await Points(tmp_path).reached("claimed", seconds=0)


@pytest.mark.parametrize(
    ("what", "number"),
    [
        ("kill", signal.SIGKILL),
        ("freeze", signal.SIGSTOP),
        ("terminate", signal.SIGTERM),
    ],
)
async def test_the_first_who_comes_gets_the_signal(
    tmp_path: Path, sent: list[tuple[int, int]], what: str, number: signal.Signals
) -> None:
    point = points.Point("claimed", tmp_path)
    Points(tmp_path).ask("claimed", what)

    await point.reach()
    await point.reach()

    assert sent == [(os.getpid(), number)]
    await Points(tmp_path).reached("claimed", seconds=0)


async def test_who_is_held_waits_until_it_is_let_go(tmp_path: Path) -> None:
    suite = Points(tmp_path)
    suite.ask("claimed", "hold")
    held = asyncio.create_task(points.Point("claimed", tmp_path).reach())
    await suite.reached("claimed")
    # Whoever comes second goes by.
    await points.Point("claimed", tmp_path).reach()

    assert not held.done()
    suite.let_go("claimed")
    async with asyncio.timeout(30):
        await held


async def test_points_are_put_before_and_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sent: list[tuple[int, int]]
) -> None:
    monkeypatch.setitem(points.BEFORE, "api", {"early": NAME})
    monkeypatch.setitem(points.AFTER, "api", {"late": NAME})
    points.install("api", tmp_path)
    work, suite = Work(), Points(tmp_path)

    for point, is_done in (("early", False), ("late", True)):
        suite.ask(point, "hold")
        task = asyncio.create_task(work.do("tea"))
        await suite.reached(point)
        assert bool(work.done) is is_done
        suite.let_go(point)
        await task
        work.done.clear()
    assert sent == []


# -------------------------------------------------------------------------------------- clock


def test_the_wall_clock_is_turned_and_the_monotonic_one_is_not() -> None:
    real, monotonic = time.time(), time.monotonic()
    clock.shift(-HOUR)
    instant = dt.datetime.fromtimestamp(real - HOUR, dt.UTC)

    assert time.time() == pytest.approx(real - HOUR, abs=300)
    assert time.time_ns() / 1e9 == pytest.approx(real - HOUR, abs=300)
    assert abs(dt.datetime.now(dt.UTC) - instant) < dt.timedelta(minutes=5)
    assert time.monotonic() == pytest.approx(monotonic, abs=300)


def test_what_is_an_instant_without_the_turned_clock_is_one_with_it() -> None:
    """A driver written in C makes real ones, and libraries ask for the class that they see."""
    real = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
    real_class = dt.datetime
    clock.shift(HOUR)

    assert dt.datetime is not real_class
    assert isinstance(real, dt.datetime)
    assert isinstance(dt.datetime.now(dt.UTC), real_class)
    assert isinstance(dt.datetime(2026, 11, 23, tzinfo=dt.UTC), real_class)
    assert dt.datetime(2026, 11, 23, tzinfo=dt.UTC) == real
    assert not isinstance(dt.date(2026, 11, 23), dt.datetime)
    assert not isinstance("2026-11-23", dt.datetime)


# ---------------------------------------------------------------------------- a whole process


@pytest.fixture
def services(tmp_path: Path) -> Path:
    """A folder with an API that creates one event, and says so and what time it is."""
    package = tmp_path / "services" / "calendar_api"
    (package / "events").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "events/__init__.py").touch()
    (package / "events/repository.py").write_text(
        "class Repository:\n    async def create(self):\n        print('created', flush=True)\n"
    )
    (package / "cli.py").write_text(
        "import asyncio, sys, time\n"
        "from calendar_api.events.repository import Repository\n"
        "def main():\n"
        "    asyncio.run(Repository().create())\n"
        "    print(*sys.argv[1:], time.time())\n"
    )
    return package.parent


def run(services: Path, *arguments: str, **hooks: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "calendar_faults_hooks", "api", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(services), **hooks}
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_without_hooks_it_is_the_executable(services: Path) -> None:
    ended = run(services, "migrate")

    assert ended.returncode == 0, ended.stderr
    created, argument, instant = ended.stdout.split()
    assert (created, argument) == ("created", "migrate")
    assert float(instant) == pytest.approx(time.time(), abs=300)


def test_its_clock_is_an_hour_fast(services: Path) -> None:
    ended = run(services, FAULTS_CLOCK="3600")

    assert ended.returncode == 0, ended.stderr
    assert float(ended.stdout.split()[-1]) == pytest.approx(time.time() + HOUR, abs=300)


@pytest.mark.parametrize(("point", "told"), [("requested", ""), ("committed", "created\n")])
def test_it_dies_at_a_chosen_point(services: Path, tmp_path: Path, point: str, told: str) -> None:
    Points(tmp_path).ask(point, "kill")

    ended = run(services, FAULTS_POINTS=str(tmp_path))

    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert ended.stdout == told
    assert (tmp_path / f"{point}.reached").exists()


# ------------------------------------------------------------------------------ the services


@pytest.mark.parametrize("service", ["api", "scheduler", "storer"])
def test_the_services_have_every_point(tmp_path: Path, service: str) -> None:
    run_executable(service, FAULTS_POINTS=str(tmp_path))


@pytest.mark.parametrize(
    ("service", "breakage"),
    [(service, name) for service in BREAKAGES for name in BREAKAGES[service]],
)
def test_the_services_have_what_a_breakage_replaces(service: str, breakage: str) -> None:
    run_executable(service, FAULTS_BREAKAGE=breakage)


def run_executable(service: str, **hooks: str) -> None:
    """Loads the real service with hooks; fails if it has renamed what they wrap."""
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
