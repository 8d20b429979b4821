"""What grows is named, and nothing is where processes only come and go."""

import random
from collections.abc import Callable, Iterator

import pytest

from calendar_faults.sizes import LIMITS, SHORTEST, Size, growth, summary

Value = Callable[[float, float], float]
"""Of the seconds of the run, and of the process's age."""


def series(
    value: Value,
    *,
    owner: str = "storer",
    what: str = "memory",
    seconds: float = 3600,
    restarted_every: float = 10**6,
) -> Iterator[Size]:
    """A figure every 20 seconds, with some noise."""
    dice = random.Random(1)
    for at in range(20, int(seconds), 20):
        age = at % restarted_every
        noise = dice.uniform(-3, 3) if what != "row" else 0
        yield Size(owner, what, value(at, age) + noise, at, age)


def flat(_at: float, _age: float) -> float:
    return 60


def test_a_process_that_stays_as_it_is() -> None:
    assert growth(series(flat)) == []


def test_a_process_that_leaks_is_named() -> None:
    [sentence] = growth(series(lambda at, _: 60 + at / 60))

    assert sentence.startswith("storer, memory: grew from 67 to 113 MiB")
    assert sentence.endswith("quarter of the run, allowed are 16 more")


def test_a_process_that_leaks_and_is_killed_now_and_then_is_named() -> None:
    [sentence] = growth(series(lambda _, age: 60 + age / 10, restarted_every=600))

    assert "by a process's age" in sentence


def test_a_process_that_is_young_now_and_then_does_not_grow() -> None:
    def warm(_at: float, age: float) -> float:
        return 55 + min(10, age / 30)

    assert growth(series(warm, restarted_every=240)) == []


def test_one_odd_figure_is_no_growth() -> None:
    sizes = list(series(flat))
    sizes[-1] = Size("storer", "memory", 127, 3600, 3600)

    assert growth(sizes) == []


def test_one_figure_above_the_ceiling_is_too_much() -> None:
    sizes = [*series(flat), Size("storer", "memory", 129, 1234, 1234)]

    assert growth(sizes) == ["storer, memory: 129 MiB after 1234 s, allowed are 128"]


@pytest.mark.parametrize("what", LIMITS)
def test_growth_of_everything_that_is_measured_is_named(what: str) -> None:
    start = LIMITS[what].ceiling / 2
    end = LIMITS[what].slack * 2

    assert growth(series(lambda at, _: start + end * at / 3600, what=what))


@pytest.mark.parametrize("what", LIMITS)
def test_growth_within_the_slack_is_not(what: str) -> None:
    start = LIMITS[what].ceiling / 2
    end = LIMITS[what].slack / 3

    assert growth(series(lambda at, _: start + end * at / 3600, what=what)) == []


def test_a_short_run_has_ceilings_only() -> None:
    def quick(at: float, _age: float) -> float:
        return 60 + at / 4

    assert growth(series(quick, seconds=SHORTEST)) == []
    assert growth(series(lambda at, age: 60 + quick(at, age), seconds=SHORTEST))


def test_what_others_take_makes_no_difference() -> None:
    """Two kinds of service of different size: a mixture would seem to grow."""
    early = (Size("api", "memory", 60, at, at) for at in range(0, 1800, 20))
    late = (Size("storer", "memory", 120, at, at) for at in range(1800, 3600, 20))

    assert growth([*early, *late]) == []


def test_the_figures_are_told() -> None:
    told = summary([*series(flat), *series(flat, owner="reminders", what="table")])

    assert [line.split()[:2] for line in told.splitlines()] == [
        ["storer", "memory"],
        ["reminders", "table"],
    ]
    assert "at most (MiB)" in told
