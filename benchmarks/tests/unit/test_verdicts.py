"""Which goals are met, missed or not decided."""

from collections.abc import Sequence

import pytest

from calendar_benchmarks.path import Goal
from calendar_benchmarks.verdicts import Round, format_figure, judge, spread

HALF = Goal(relative_to=["bare"], sense="at least", limit=0.5)
QUICK = Goal(figure="p99", sense="at most", limit=50.0, unit="ms")


def ratios(*values: float) -> Sequence[Round]:
    """Rounds of a machine that becomes slower, which changes no ratio."""
    return [
        {"calendar": value * 1000 / 2**number, "bare": 1000 / 2**number}
        for number, value in enumerate(values)
    ]


@pytest.mark.parametrize(
    ("count", "low", "high"), [(3, 0, 2), (4, 0, 3), (5, 1, 3), (7, 1, 5), (10, 2, 7)]
)
def test_spread_omits_a_fifth_of_the_rounds_at_each_end(
    count: int, low: float, high: float
) -> None:
    found = spread([float(value) for value in reversed(range(count))])

    assert (found.low, found.high) == (low, high)
    assert found.median == (count - 1) / 2


@pytest.mark.parametrize(
    ("rounds", "word"),
    [
        ((0.6, 0.61, 0.59), "met"),
        ((0.5, 0.5, 0.5), "met"),
        ((0.4, 0.41, 0.39), "missed"),
        ((0.45, 0.6, 0.55), "not decided"),
        ((0.6, 0.61, 0.59, 0.62, 0.1), "met"),
    ],
)
def test_ratio_is_taken_within_each_round(rounds: Sequence[float], word: str) -> None:
    assert judge(HALF, ratios(*rounds)).word == word


def test_ratio_is_relative_to_the_lowest_ceiling_of_the_round() -> None:
    goal = Goal(relative_to=["claim", "send"], sense="at least", limit=0.5)
    rounds = [
        {"calendar": 50.0, "claim": 80.0, "send": 100.0},
        {"calendar": 50.0, "claim": 200.0, "send": 100.0},
    ]

    found = judge(goal, rounds).spread

    assert (found.low, found.high) == (0.5, 0.625)


@pytest.mark.parametrize(
    ("latencies", "word"),
    [
        ((20.0, 30.0, 25.0), "met"),
        ((60.0, 70.0, 65.0), "missed"),
        ((40.0, 45.0, 60.0), "not decided"),
    ],
)
def test_absolute_goal_is_compared_with_the_figure(latencies: Sequence[float], word: str) -> None:
    verdict = judge(QUICK, [{"p99": value} for value in latencies])

    assert verdict.word == word
    assert verdict.spread.median == sorted(latencies)[1]


@pytest.mark.parametrize(
    ("value", "text"), [(0.12345, "0.123"), (12.345, "12.3"), (1234.5, "1,234"), (-150.0, "-150")]
)
def test_figures_have_three_significant_digits_below_a_hundred(value: float, text: str) -> None:
    assert format_figure(value) == text
