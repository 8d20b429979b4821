"""Blocks under one limit end as `asyncio.timeout` would end them, each at its own time."""

import asyncio

import pytest
from tests.conftest import PassTime

from calendar_api.time_limit import TimeLimit

LIMIT = 60.0
FOR_EVER = 3600.0


async def waits(limit: TimeLimit, seconds: float) -> str:
    with limit():
        await asyncio.sleep(seconds)
    return "in time"


async def test_what_is_in_time_is_left_alone(pass_time: PassTime) -> None:
    assert await waits(TimeLimit(LIMIT), 0) == "in time"
    # Not afterwards either, when the limit would have been reached.
    await pass_time(2 * LIMIT)


async def test_what_takes_longer_is_ended(pass_time: PassTime) -> None:
    passing = asyncio.ensure_future(pass_time(LIMIT))
    with pytest.raises(TimeoutError):
        await waits(TimeLimit(LIMIT), FOR_EVER)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    await passing


async def test_it_is_told_in_the_words_of_who_set_the_limit(pass_time: PassTime) -> None:
    limit = TimeLimit(LIMIT, lambda: LookupError("too slow"))
    slow = asyncio.create_task(waits(limit, FOR_EVER))
    await pass_time(LIMIT)
    with pytest.raises(LookupError, match="too slow"):
        await slow


async def test_each_has_its_own_time(pass_time: PassTime) -> None:
    limit = TimeLimit(LIMIT)
    # The timer is the first one's, which ends before it.
    assert await waits(limit, 0) == "in time"
    first = asyncio.create_task(waits(limit, FOR_EVER))
    await pass_time(LIMIT / 2)
    second = asyncio.create_task(waits(limit, FOR_EVER))
    assert await waits(limit, 0) == "in time"
    assert not first.done()

    await pass_time(LIMIT / 2)
    with pytest.raises(TimeoutError):
        await first
    assert not second.done()
    await pass_time(LIMIT / 2)
    with pytest.raises(TimeoutError):
        await second

    last = asyncio.create_task(waits(limit, FOR_EVER))
    await pass_time(LIMIT)
    with pytest.raises(TimeoutError):
        await last


async def test_one_timer_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    timers = list[float]()
    call_later = loop.call_later

    def counted(seconds: float, *arguments: object) -> asyncio.TimerHandle:
        timers.append(seconds)
        return call_later(seconds, *arguments)  # type: ignore[arg-type] # as they came

    monkeypatch.setattr(loop, "call_later", counted)
    limit = TimeLimit(LIMIT)
    for _ in range(100):
        with limit():
            pass
    assert timers == [LIMIT]


async def test_a_cancellation_from_elsewhere_stays_one() -> None:
    task = asyncio.create_task(waits(TimeLimit(LIMIT), FOR_EVER))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_cancellation_at_the_same_time_goes_first(pass_time: PassTime) -> None:
    limit = TimeLimit(LIMIT)

    async def cancelled_late() -> None:
        with limit():
            try:
                await asyncio.sleep(FOR_EVER)
            except asyncio.CancelledError:
                task = asyncio.current_task()
                assert task is not None
                task.cancel()
                raise

    late = asyncio.create_task(cancelled_late())
    await pass_time(LIMIT)
    with pytest.raises(asyncio.CancelledError):
        await late


async def test_an_error_in_a_block_is_passed_on() -> None:
    with pytest.raises(ZeroDivisionError), TimeLimit(LIMIT)():
        raise ZeroDivisionError


async def test_limits_can_be_nested(pass_time: PassTime) -> None:
    passing = asyncio.ensure_future(pass_time(LIMIT))
    with TimeLimit(FOR_EVER)():
        with pytest.raises(TimeoutError):
            await waits(TimeLimit(LIMIT), FOR_EVER)
        assert await waits(TimeLimit(LIMIT), 0) == "in time"
    await passing
