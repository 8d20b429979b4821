"""What is met, missed, or cannot be told."""

from collections.abc import Sequence

import pytest

from calendar_benchmarks.judging import Round, figures, judge, spread
from calendar_benchmarks.path import Claim

HALF = Claim(ceilings=["bare"], sense="at least", goal=0.5)
QUICK = Claim(figure="p99", sense="at most", goal=50.0, unit="ms")


def ratios(*values: float) -> Sequence[Round]:
    """Rounds whose machine slows down by the half, again and again, without any ratio changing."""
    return [
        {"calendar": value * 1000 / 2**number, "bare": 1000 / 2**number}
        for number, value in enumerate(values)
    ]


@pytest.mark.parametrize(
    ("count", "low", "high"), [(4, 0, 3), (5, 1, 3), (7, 1, 5), (10, 2, 7), (11, 2, 8)]
)
def test_the_spread_leaves_a_fifth_out_at_each_end(count: int, low: float, high: float) -> None:
    found = spread([float(value) for value in reversed(range(count))])

    assert (found.low, found.high) == (low, high)


def test_the_spread_of_few_rounds_has_them_all() -> None:
    found = spread([3.0, 1.0, 2.0])

    assert (found.median, found.low, found.high) == (2.0, 1.0, 3.0)


def test_each_figure_has_its_own_spread() -> None:
    found = figures([{"a": 1.0, "b": 10.0}, {"a": 3.0, "b": 30.0}])

    assert list(found) == ["a", "b"]
    assert found["b"].median == 20.0


@pytest.mark.parametrize(
    ("rounds", "word"),
    [
        ((0.6, 0.61, 0.59), "met"),
        ((0.4, 0.41, 0.39), "missed"),
        ((0.45, 0.6, 0.55), "not decided"),
        ((0.6, 0.61, 0.59, 0.62, 0.1), "met"),
    ],
)
def test_a_ratio_is_taken_within_its_round(rounds: Sequence[float], word: str) -> None:
    assert judge(HALF, ratios(*rounds)).word == word


def test_of_several_ceilings_the_lowest_of_the_round_counts() -> None:
    claim = Claim(ceilings=["claim", "send"], sense="at least", goal=0.5)
    rounds = [
        {"calendar": 50.0, "claim": 80.0, "send": 100.0},
        {"calendar": 50.0, "claim": 200.0, "send": 100.0},
    ]

    found = judge(claim, rounds).spread

    assert (found.low, found.high) == (0.5, 0.625)


@pytest.mark.parametrize(
    ("latencies", "word"),
    [
        ((20.0, 30.0, 25.0), "met"),
        ((60.0, 70.0, 65.0), "missed"),
        ((40.0, 45.0, 60.0), "not decided"),
    ],
)
def test_an_absolute_goal_needs_no_ceiling(latencies: Sequence[float], word: str) -> None:
    verdict = judge(QUICK, [{"p99": value} for value in latencies])

    assert verdict.word == word
    assert verdict.spread.median == sorted(latencies)[1]


def test_rounds_that_all_lie_at_the_goal_meet_it() -> None:
    assert judge(HALF, ratios(0.5, 0.5, 0.5)).word == "met"
