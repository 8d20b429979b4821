"""Every way between a service and a server, broken in every way that a network has."""

import pytest

from calendar_faults.mishaps import BREAKS
from calendar_faults.system import System
from calendar_faults.waiting import lasting, until
from tests.faults.conftest import Judge

RECOVERY_SECONDS = 20


@pytest.mark.parametrize("name", BREAKS)
@pytest.mark.weekly
async def test_each_way_is_broken(calendar: System, judge: Judge, name: str) -> None:
    trio = await calendar.start_all()
    async with calendar.people():
        for number, way in enumerate(calendar.network.all):
            async with calendar.fault(f"way {number} {name}", "repeats", "in-flight"):
                BREAKS[name](way)
                await lasting(4)
                for service in trio.all:
                    assert await service.is_alive(), service.name
                calendar.network.heal()
                await calendar.until_caught_up(seconds=RECOVERY_SECONDS)
        for service in trio.all:
            await until(service.is_ready, seconds=5, what=f"{service.name} is ready")
        await lasting(1)
    await judge()
