"""What is asked for at the same time is carried out together, and each gets its own result."""

import asyncio
from collections.abc import Sequence

import pytest
from tests.conftest import PassTime

from calendar_api.events import batching as together
from calendar_api.events.batching import Together


@pytest.fixture(autouse=True)
def _all_are_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """None is overtaken because the machine pauses."""
    monkeypatch.setattr(together, "PATIENCE_SECONDS", 60.0)


class Doubler:
    """Doubles numbers, once it is let."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.may_go_on = asyncio.Event()
        self.error: Exception | None = None

    async def carry_out(self, group: list[int]) -> list[int]:
        self.groups.append(group)
        await self.may_go_on.wait()
        if self.error:
            raise self.error
        return [number * 2 for number in group]


async def ask(double: Together[int, int], numbers: Sequence[int]) -> list[asyncio.Task[int]]:
    """Asks for each number, one after the other."""
    tasks = []
    for number in numbers:
        tasks.append(asyncio.create_task(_one(double, number)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    return tasks


async def _one(double: Together[int, int], number: int) -> int:
    return await double(number)


async def test_one_alone_goes_at_once() -> None:
    doubler = Doubler()
    doubler.may_go_on.set()
    assert await Together(doubler.carry_out)(1) == 2
    assert doubler.groups == [[1]]


async def test_those_who_ask_at_the_same_moment_go_together() -> None:
    doubler = Doubler()
    doubler.may_go_on.set()
    double = Together(doubler.carry_out)
    assert await asyncio.gather(*(double(number) for number in range(5))) == [0, 2, 4, 6, 8]
    assert doubler.groups == [[0, 1, 2, 3, 4]]


async def test_while_a_group_is_under_way_the_next_one_gathers() -> None:
    doubler = Doubler()
    tasks = await ask(Together(doubler.carry_out), range(6))
    assert doubler.groups == [[0]]
    doubler.may_go_on.set()
    assert await asyncio.gather(*tasks) == [0, 2, 4, 6, 8, 10]
    assert doubler.groups == [[0], [1, 2, 3, 4, 5]]


async def test_a_group_that_hangs_holds_nobody_up(pass_time: PassTime) -> None:
    hanging, well = Doubler(), Doubler()
    well.may_go_on.set()

    async def carry_out(group: list[int]) -> list[int]:
        return await (hanging if 0 in group else well).carry_out(group)

    double = Together(carry_out)
    first, *waiting = await ask(double, range(3))
    await pass_time(together.PATIENCE_SECONDS)
    assert await asyncio.gather(*waiting) == [2, 4]
    assert well.groups == [[1, 2]]
    # Nor those who come later, nor for ever.
    assert await double(3) == 6
    hanging.may_go_on.set()
    assert await first == 0
    assert await double(4) == 8


async def test_a_group_has_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "LARGEST", 2)
    doubler = Doubler()
    tasks = await ask(Together(doubler.carry_out), range(5))
    doubler.may_go_on.set()
    assert await asyncio.gather(*tasks) == [0, 2, 4, 6, 8]
    assert sorted(map(len, doubler.groups)) == [1, 2, 2]


async def test_who_gives_up_is_left_out_and_harms_nobody() -> None:
    doubler = Doubler()
    tasks = await ask(Together(doubler.carry_out), range(5))
    tasks[0].cancel()  # under way
    tasks[3].cancel()  # waiting
    await asyncio.sleep(0)
    doubler.may_go_on.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [results[n] for n in (1, 2, 4)] == [2, 4, 8]
    assert isinstance(results[0], asyncio.CancelledError)
    assert isinstance(results[3], asyncio.CancelledError)
    assert doubler.groups == [[0], [1, 2, 4]]


async def test_what_goes_wrong_is_told_to_the_group_and_to_nobody_else() -> None:
    doubler = Doubler()
    double = Together(doubler.carry_out)
    tasks = await ask(double, [1])
    doubler.error = ZeroDivisionError()
    doubler.may_go_on.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(result) for result in results] == [ZeroDivisionError]
    doubler.error = None
    assert await double(7) == 14


async def test_a_group_that_is_cancelled_leaves_nobody_waiting() -> None:
    cancels = True

    async def carry_out(group: list[int]) -> list[int]:
        if cancels:
            raise asyncio.CancelledError
        return group

    same = Together(carry_out)
    with pytest.raises(asyncio.CancelledError):
        await same(1)
    cancels = False
    assert await same(2) == 2
