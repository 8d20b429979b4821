"""Changes at the due time, faults of the network, and random faults."""

import os
import random
import sys

import pytest

from calendar_faults.injectors import NETWORK_FAULTS
from calendar_faults.resources import growth, summary
from calendar_faults.soak import soak
from calendar_faults.system import System
from calendar_faults.users import Behavior
from calendar_faults.waiting import run_for
from tests.faults.conftest import Verify


async def test_case_23_changes_at_the_due_time(calendar: System, verify: Verify) -> None:
    await calendar.start_all()
    await calendar.start("scheduler")
    racing = Behavior(pause=0.12, soonest=0.2, latest=1.0, racing=0.95)
    async with calendar.users(20, behavior=racing):
        await run_for(10)
    report = await verify(max_uncertain=0.3)
    assert report.possible > 10, "there were races"


@pytest.mark.weekly
@pytest.mark.parametrize("name", NETWORK_FAULTS)
async def test_each_connection_is_broken(calendar: System, verify: Verify, name: str) -> None:
    services = await calendar.start_all()
    async with calendar.users():
        for number, proxy in enumerate(calendar.network.all):
            async with calendar.fault(f"network {number} {name}", "repeats", "in-flight"):
                NETWORK_FAULTS[name](proxy)
                await run_for(4)
                for service in services.all:
                    assert await service.is_alive(), service.name
                calendar.network.heal()
                await calendar.wait_until_caught_up(seconds=20)
        for service in services.all:
            await service.wait_until_ready()
        await run_for(1)
    await verify()


@pytest.mark.weekly
async def test_case_25_random_faults(calendar: System, verify: Verify) -> None:
    """The short form of `make soak`."""
    seed = int(os.environ.get("SEED") or random.randrange(10**6))
    sys.stderr.write(f"\nSEED={seed} repeats these faults\n")
    samples = await soak(calendar, seconds=60, seed=seed, log=print)
    await verify()
    assert not growth(samples), summary(samples)
