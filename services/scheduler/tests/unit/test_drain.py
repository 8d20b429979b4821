"""Finishing the work in progress when the service stops."""

import asyncio

import pytest
from structlog.testing import capture_logs

from calendar_scheduler.drain import drain


async def test_work_in_progress_is_finished() -> None:
    stop, is_finished = asyncio.Event(), False

    with capture_logs() as lines:
        async with drain(stop, 60):
            stop.set()
            await asyncio.sleep(0)
            is_finished = True

    assert is_finished
    assert lines == []


async def test_work_that_hangs_is_cut_short_after_the_stop() -> None:
    stop = asyncio.Event()

    with capture_logs() as lines:
        async with asyncio.timeout(10), drain(stop, 0.01):
            stop.set()
            await asyncio.Event().wait()

    assert [line["event"] for line in lines] == ["drain_cut_short"]


async def test_nothing_is_cut_short_before_the_stop() -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05), drain(asyncio.Event(), 0):
            await asyncio.Event().wait()


async def test_errors_are_raised_also_those_of_other_timeouts() -> None:
    for error in (TimeoutError, LookupError):
        with pytest.raises(error):
            async with drain(asyncio.Event(), 60):
                raise error
