"""How rounds are run."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from io import StringIO
from typing import cast

import pytest

from calendar_benchmarks.harness import UnknownFigureError, measure
from calendar_benchmarks.path import Contender, Figures, Goal, Path
from calendar_benchmarks.sandbox import Sandbox
from calendar_local.console import Console


class FakeSandbox:
    """Has what the harness needs of a sandbox."""

    def __init__(self) -> None:
        self.console = Console(StringIO())


class Turns:
    """Contenders that record their turns. The figure is the number of the turn."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.seconds: set[float] = set()

    def contender(self, name: str) -> Contender:
        async def measure(seconds: float) -> Figures:
            self.taken.append(name)
            self.seconds.add(seconds)
            turn = float(self.taken.count(name))
            return {"p50": turn, "p99": 2 * turn} if name == "late" else turn

        return Contender(name=name, measure=measure)


@pytest.fixture
def turns() -> Turns:
    return Turns()


@pytest.fixture
def path(turns: Turns) -> Path:
    @asynccontextmanager
    async def contenders(_sandbox: Sandbox) -> AsyncIterator[Sequence[Contender]]:
        try:
            yield [turns.contender(name) for name in ("a", "late", "c")]
        finally:
            turns.taken.append("end")

    return Path(
        title="", unit="", notes="", goals=[], contenders=contenders, rounds=3, seconds=0.25
    )


@pytest.fixture
def sandbox() -> Sandbox:
    return cast("Sandbox", FakeSandbox())


async def test_each_round_begins_with_the_next_contender(
    path: Path, sandbox: Sandbox, turns: Turns
) -> None:
    await measure(path, sandbox)

    order = ["".join(name[0] for name in turns.taken[at : at + 3]) for at in range(0, 12, 3)]
    assert order == ["alc", "lca", "cal", "alc"]
    assert turns.taken[12:] == ["end"]
    assert turns.seconds == {0.25}


async def test_warm_up_round_is_discarded(path: Path, sandbox: Sandbox) -> None:
    rounds = await measure(path, sandbox)

    assert [each["a"] for each in rounds] == [2.0, 3.0, 4.0]


async def test_goal_of_an_unknown_figure_fails_in_the_first_round(
    path: Path, sandbox: Sandbox, turns: Turns
) -> None:
    wrong = replace(path, goals=[Goal(figure="p98: late", sense="at most", limit=1)])

    with pytest.raises(UnknownFigureError, match="no figure 'p98: late'; measured: a, p50: late"):
        await measure(wrong, sandbox)
    assert turns.taken == ["a", "late", "c", "end"]


async def test_figures_are_in_the_order_of_the_contenders(path: Path, sandbox: Sandbox) -> None:
    rounds = await measure(path, sandbox)

    assert [list(each) for each in rounds] == [["a", "p50: late", "p99: late", "c"]] * 3
