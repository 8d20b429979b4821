"""A long run in which anything may happen to any part, one thing after another."""

import random
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from calendar_faults.gathering import conclude
from calendar_faults.mishaps import anything, excuses_of
from calendar_faults.report import Kind, Report
from calendar_faults.sizes import Size, growth, measure, summary
from calendar_faults.stage import stage
from calendar_faults.system import System, system
from calendar_faults.waiting import lasting, until

RECOVERY_SECONDS: Final = 30.0
"""By then all must be well again, whatever it was."""

READY_SECONDS: Final = 20.0
PEOPLE: Final = 12


async def soak(
    system: System, *, seconds: float, seed: int, say: Callable[[str], None]
) -> Sequence[Size]:
    """Uses the system and breaks it for so long; the same seed breaks the same in the same order.

    Returns what the parts took, measured after each recovery.

    Raises:
        AssertionError: something did not recover in time.
    """
    dice = random.Random(seed)  # noqa: S311
    await system.start_all()
    await system.start("scheduler")
    await system.start("storer")
    # With each crash PostgreSQL forgets how many rows are dead. One that looks once a minute, and
    # crashes every two, vacuums hardly anything: its tables would grow for as long as that goes on.
    await system.vacuum_every(5)
    sizes: list[Size] = []
    began = time.monotonic()
    async with system.people(PEOPLE, seed=seed):
        while time.monotonic() < began + seconds:
            await lasting(dice.uniform(1, 4))
            await _mishap(system, dice, say)
            sizes += await measure(system, began=began)
    return sizes


async def soak_alone(
    folder: Path, *, seconds: float, seed: int, say: Callable[[str], None]
) -> Report:
    """The same on a stage of its own; logs and history are left in `folder`."""
    with tempfile.TemporaryDirectory(prefix="calendar-faults-") as home:
        async with stage(Path(home)) as servers, system(servers, "soak") as running:
            try:
                sizes = await soak(running, seconds=seconds, seed=seed, say=say)
                say(summary(sizes))
                report = await conclude(running)
                for sentence in growth(sizes):
                    report.add(Kind.GREW, sentence)
                return report
            finally:
                shutil.copytree(running.folder, folder, dirs_exist_ok=True)


async def _mishap(system: System, dice: random.Random, say: Callable[[str], None]) -> None:
    mishap, seconds = anything(dice), dice.uniform(0.5, 8)
    name: str = mishap.__name__
    async with system.fault(name, *excuses_of(mishap)):
        async with mishap(system):
            await lasting(seconds)
        took = await system.until_caught_up(seconds=RECOVERY_SECONDS)
        for service in system.services:
            await until(service.is_ready, seconds=READY_SECONDS, what=f"{service.name} is ready")
    say(f"{name} for {seconds:.1f} s, caught up after {took:.1f} s")
