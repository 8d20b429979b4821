"""Blocks under one limit end as `asyncio.timeout` would end them, each at its own time."""

import asyncio

import pytest

from calendar_api.time_limit import TimeLimit

FOR_EVER = 60.0
SHORT = 0.2
A_MOMENT = 0.01


async def waits(limit: TimeLimit, seconds: float) -> str:
    with limit():
        await asyncio.sleep(seconds)
    return "in time"


async def test_what_is_in_time_is_left_alone() -> None:
    limit = TimeLimit(SHORT)
    assert await waits(limit, 0) == "in time"
    # Not afterwards either, when the limit would have been reached.
    await asyncio.sleep(2 * SHORT)


async def test_what_takes_longer_is_ended() -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    with pytest.raises(TimeoutError):
        await waits(TimeLimit(SHORT), FOR_EVER)
    assert loop.time() - began >= SHORT
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_it_is_told_in_the_words_of_who_set_the_limit() -> None:
    with pytest.raises(LookupError, match="too slow"):
        await waits(TimeLimit(SHORT, lambda: LookupError("too slow")), FOR_EVER)


async def test_each_has_its_own_time() -> None:
    limit = TimeLimit(SHORT)
    # The timer is the first one's, which ends before it.
    assert await waits(limit, A_MOMENT) == "in time"
    outcomes = await asyncio.gather(
        waits(limit, FOR_EVER),
        waits(limit, A_MOMENT),
        waits(limit, FOR_EVER),
        return_exceptions=True,
    )
    assert [type(each) for each in outcomes] == [TimeoutError, str, TimeoutError]
    with pytest.raises(TimeoutError):
        await waits(limit, FOR_EVER)


async def test_one_timer_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    timers = list[float]()
    call_later = loop.call_later

    def counted(seconds: float, *arguments: object) -> asyncio.TimerHandle:
        timers.append(seconds)
        return call_later(seconds, *arguments)  # type: ignore[arg-type] # as they came

    monkeypatch.setattr(loop, "call_later", counted)
    limit = TimeLimit(FOR_EVER)
    for _ in range(100):
        with limit():
            pass
    assert timers == [FOR_EVER]


async def test_a_cancellation_from_elsewhere_stays_one() -> None:
    task = asyncio.create_task(waits(TimeLimit(FOR_EVER), FOR_EVER))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_cancellation_at_the_same_time_goes_first() -> None:
    limit = TimeLimit(SHORT)

    async def cancelled_late() -> None:
        with limit():
            try:
                await asyncio.sleep(FOR_EVER)
            except asyncio.CancelledError:
                task = asyncio.current_task()
                assert task is not None
                task.cancel()
                raise

    with pytest.raises(asyncio.CancelledError):
        await asyncio.create_task(cancelled_late())


async def test_an_error_in_a_block_is_passed_on() -> None:
    with pytest.raises(ZeroDivisionError), TimeLimit(SHORT)():
        raise ZeroDivisionError


async def test_limits_can_be_nested() -> None:
    outer = TimeLimit(FOR_EVER)
    with outer():
        with pytest.raises(TimeoutError):
            await waits(TimeLimit(SHORT), FOR_EVER)
        assert await waits(TimeLimit(FOR_EVER), 0) == "in time"
