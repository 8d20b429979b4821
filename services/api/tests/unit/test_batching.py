"""Requests that arrive at the same time run as one batch, and each gets its own result."""

import asyncio
from collections.abc import Sequence

import pytest
from tests.conftest import PassTime

from calendar_api.events import batching
from calendar_api.events.batching import RequestBatcher


@pytest.fixture(autouse=True)
def _long_stall_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that no batch stalls because the machine is slow."""
    monkeypatch.setattr(batching, "STALL_TIMEOUT", 60.0)


class Doubler:
    """Doubles numbers, once it is released."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.released = asyncio.Event()
        self.error: Exception | None = None

    async def run(self, batch: list[int]) -> list[int]:
        self.batches.append(batch)
        await self.released.wait()
        if self.error:
            raise self.error
        return [number * 2 for number in batch]


async def submit(
    batcher: RequestBatcher[int, int], numbers: Sequence[int]
) -> list[asyncio.Task[int]]:
    """Submits the numbers one after the other."""
    tasks = []
    for number in numbers:
        tasks.append(asyncio.create_task(_submit_one(batcher, number)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    return tasks


async def _submit_one(batcher: RequestBatcher[int, int], number: int) -> int:
    return await batcher(number)


async def test_a_single_request_runs_at_once() -> None:
    doubler = Doubler()
    doubler.released.set()
    assert await RequestBatcher(doubler.run)(1) == 2
    assert doubler.batches == [[1]]


async def test_simultaneous_requests_run_as_one_batch() -> None:
    doubler = Doubler()
    doubler.released.set()
    batcher = RequestBatcher(doubler.run)
    assert await asyncio.gather(*(batcher(number) for number in range(5))) == [0, 2, 4, 6, 8]
    assert doubler.batches == [[0, 1, 2, 3, 4]]


async def test_requests_during_a_batch_form_the_next_one() -> None:
    doubler = Doubler()
    tasks = await submit(RequestBatcher(doubler.run), range(6))
    assert doubler.batches == [[0]]
    doubler.released.set()
    assert await asyncio.gather(*tasks) == [0, 2, 4, 6, 8, 10]
    assert doubler.batches == [[0], [1, 2, 3, 4, 5]]


async def test_a_stalled_batch_does_not_block_the_next_ones(pass_time: PassTime) -> None:
    stalled, fast = Doubler(), Doubler()
    fast.released.set()

    async def run(batch: list[int]) -> list[int]:
        return await (stalled if 0 in batch else fast).run(batch)

    batcher = RequestBatcher(run)
    first, *waiting = await submit(batcher, range(3))
    await pass_time(batching.STALL_TIMEOUT)
    assert await asyncio.gather(*waiting) == [2, 4]
    assert fast.batches == [[1, 2]]
    # Later requests neither wait for it nor stop when it ends.
    assert await batcher(3) == 6
    stalled.released.set()
    assert await first == 0
    assert await batcher(4) == 8


async def test_the_size_of_a_batch_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batching, "MAX_REQUESTS", 2)
    doubler = Doubler()
    tasks = await submit(RequestBatcher(doubler.run), range(5))
    doubler.released.set()
    assert await asyncio.gather(*tasks) == [0, 2, 4, 6, 8]
    assert sorted(map(len, doubler.batches)) == [1, 2, 2]


async def test_a_cancelled_request_does_not_affect_the_others() -> None:
    doubler = Doubler()
    tasks = await submit(RequestBatcher(doubler.run), range(5))
    tasks[0].cancel()  # in the running batch
    tasks[3].cancel()  # waiting
    await asyncio.sleep(0)
    doubler.released.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [results[n] for n in (1, 2, 4)] == [2, 4, 8]
    assert isinstance(results[0], asyncio.CancelledError)
    assert isinstance(results[3], asyncio.CancelledError)
    assert doubler.batches == [[0], [1, 2, 4]]


async def test_an_error_is_raised_to_the_requests_of_its_batch_only() -> None:
    doubler = Doubler()
    batcher = RequestBatcher(doubler.run)
    tasks = await submit(batcher, [1])
    doubler.error = ZeroDivisionError()
    doubler.released.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(result) for result in results] == [ZeroDivisionError]
    doubler.error = None
    assert await batcher(7) == 14


async def test_a_cancelled_batch_cancels_its_requests() -> None:
    cancels = True

    async def run(batch: list[int]) -> list[int]:
        if cancels:
            raise asyncio.CancelledError
        return batch

    batcher = RequestBatcher(run)
    with pytest.raises(asyncio.CancelledError):
        await batcher(1)
    cancels = False
    assert await batcher(2) == 2
