"""Everybody has a turn in each round, in another order, and the first round does not count."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from io import StringIO
from pathlib import Path as FilePath
from typing import cast

import pytest

from calendar_benchmarks.harness import NoSuchFigureError, measure
from calendar_benchmarks.path import Claim, Contender, Figures, Path
from calendar_benchmarks.stage import Stage
from calendar_local.console import Console


class StageOfNothing:
    """Has what the harness itself needs of a stage."""

    def __init__(self) -> None:
        self.home = FilePath()
        self.console = Console(StringIO())


class Turns:
    """Contenders that note when they are asked."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.seconds: set[float] = set()

    def contender(self, name: str, *, peer: bool = False) -> Contender:
        async def measure(seconds: float) -> Figures:
            self.taken.append(name)
            self.seconds.add(seconds)
            count = float(self.taken.count(name))
            return {"p50": count, "p99": 2 * count} if name == "late" else count

        return Contender(name=name, measure=measure, peer=peer)


@pytest.fixture
def turns() -> Turns:
    return Turns()


@pytest.fixture
def path(turns: Turns) -> Path:
    @asynccontextmanager
    async def contenders(_stage: Stage) -> AsyncIterator[Sequence[Contender]]:
        try:
            yield [
                turns.contender("a"),
                turns.contender("late"),
                turns.contender("c", peer=True),
            ]
        finally:
            turns.taken.append("end")

    return Path(title="", unit="", claims=[], contenders=contenders, rounds=3, seconds=0.25)


@pytest.fixture
def stage() -> Stage:
    return cast("Stage", StageOfNothing())


async def test_turns_rotate(path: Path, stage: Stage, turns: Turns) -> None:
    await measure(path, stage)

    order = ["".join(name[0] for name in turns.taken[at : at + 3]) for at in range(0, 12, 3)]
    assert order == ["alc", "lca", "cal", "alc"]
    assert turns.taken[12:] == ["end"]
    assert turns.seconds == {0.25}


async def test_the_first_round_does_not_count(path: Path, stage: Stage) -> None:
    rounds, _ = await measure(path, stage)

    assert [each["a"] for each in rounds] == [2.0, 3.0, 4.0]


async def test_a_claim_of_nothing_is_found_in_the_first_round(
    path: Path, stage: Stage, turns: Turns
) -> None:
    claiming = replace(path, claims=[Claim(figure="p98: late", sense="at most", goal=1)])

    with pytest.raises(NoSuchFigureError, match=r"'p98: late' is claimed; measured: a, p50: late"):
        await measure(claiming, stage)
    assert turns.taken == ["a", "late", "c", "end"]


async def test_figures_stand_in_the_contenders_order(path: Path, stage: Stage) -> None:
    rounds, peers = await measure(path, stage)

    assert [list(each) for each in rounds] == [["a", "p50: late", "p99: late", "c"]] * 3
    assert peers == ["c"]
