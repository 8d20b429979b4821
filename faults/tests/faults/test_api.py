"""APIs that die or are told to stop in the middle of a request."""

import pytest

from calendar_faults.history import Operation
from calendar_faults.system import System
from calendar_faults.waiting import lasting
from tests.faults.conftest import Judge


@pytest.mark.parametrize(
    "point", [pytest.param("requested", marks=pytest.mark.weekly), "committed"]
)
async def test_one_dies_at_a_chosen_point(calendar: System, judge: Judge, point: str) -> None:
    """Between its commit and its answer, too: sent again, the same event is found stored."""
    trio = await calendar.start_all(api={})
    async with calendar.people():
        for _ in range(3):
            await lasting(1)
            async with calendar.fault(f"API killed when {point}", "answers"):
                calendar.points.ask(point, "kill")
                await calendar.points.reached(point)
                assert await trio.api.until_ended()
                await trio.api.begin()
            calendar.points.let_go(point)
    report = await judge()
    assert report.outcomes["unknown"], "somebody waited for an answer in vain"


@pytest.mark.parametrize("point", ["requested", "committed"])
@pytest.mark.weekly
async def test_one_is_told_to_stop_at_a_chosen_point(
    calendar: System, judge: Judge, point: str
) -> None:
    """What it was asked for before is done and answered."""
    trio = await calendar.start_all(api={})
    async with calendar.people():
        await lasting(1)
        async with calendar.fault(f"API told to stop when {point}"):
            calendar.points.ask(point, "terminate")
            told = await calendar.points.reached(point)
            assert await trio.api.until_ended() == 0
            await trio.api.begin()
        await lasting(1)
    await judge()
    # Who connects while the socket closes may hear nothing, and was not told to stay away.
    asked = [line for line in calendar.recorder.lines if isinstance(line, Operation)]
    assert "unknown" not in {line.outcome for line in asked if line.invoked <= told}
