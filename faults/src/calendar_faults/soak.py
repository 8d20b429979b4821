"""A long run with random faults of all parts, one after another."""

import random
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from calendar_faults.checker.report import Kind, Report
from calendar_faults.collection import collect_and_check
from calendar_faults.injectors import random_fault, waivers_of
from calendar_faults.resources import Sample, growth, measure, summary
from calendar_faults.servers import running_servers
from calendar_faults.system import System, new_system
from calendar_faults.waiting import run_for

RECOVERY_SECONDS: Final = 30.0
"""From the end of any fault until everything works again."""

READY_SECONDS: Final = 20.0
USERS: Final = 12


async def soak(
    system: System, *, seconds: float, seed: int, log: Callable[[str], None]
) -> Sequence[Sample]:
    """Use the system with faults; the same seed injects the same faults in the same order.

    Returns the resources that the parts used, measured after each recovery.

    Raises:
        AssertionError: something did not recover in time.
    """
    rng = random.Random(seed)  # noqa: S311
    await system.recipients.receive("soak")
    await system.start_all()
    await system.start("scheduler")
    await system.start("storer")
    await system.recipients.follow(system.user_names(USERS))
    # After a crash PostgreSQL does not know how many rows are dead. With an interval of a minute,
    # and a crash every two minutes, it would hardly vacuum, and its tables would keep growing.
    await system.vacuum_every(5)
    samples: list[Sample] = []
    began = time.monotonic()
    async with system.users(USERS, seed=seed):
        while time.monotonic() < began + seconds:
            await run_for(rng.uniform(1, 4))
            await _inject(system, rng, log)
            samples += await measure(system, began=began)
    return samples


async def soak_alone(
    folder: Path, *, seconds: float, seed: int, log: Callable[[str], None]
) -> Report:
    """The same on servers of its own; leaves logs and history in `folder`."""
    with tempfile.TemporaryDirectory(prefix="calendar-faults-") as home:
        async with running_servers(Path(home)) as servers, new_system(servers, "soak") as system:
            try:
                samples = await soak(system, seconds=seconds, seed=seed, log=log)
                log(summary(samples))
                report = await collect_and_check(system)
                for sentence in growth(samples):
                    report.add(Kind.GREW, sentence)
                return report
            finally:
                shutil.copytree(system.folder, folder, dirs_exist_ok=True)


async def _inject(system: System, rng: random.Random, log: Callable[[str], None]) -> None:
    injector, seconds = random_fault(rng), rng.uniform(0.5, 8)
    name: str = injector.__name__
    async with system.fault(name, *waivers_of(injector)):
        async with injector(system):
            await run_for(seconds)
        took = await system.wait_until_caught_up(seconds=RECOVERY_SECONDS)
        for service in system.services:
            await service.wait_until_ready(seconds=READY_SECONDS)
    log(f"{name} for {seconds:.1f} s, caught up after {took:.1f} s")
