"""From the figures of the rounds to a verdict on each goal."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from calendar_benchmarks.path import Goal

Round = Mapping[str, float]
"""Figures by name."""

_TRIMMED: Final = 5
"""One round in this many is left out of the spread at each end."""


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of the rounds, and the lowest and highest without a fifth at each end."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{format_figure(self.low)} to {format_figure(self.high)}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a goal was met; "not decided" if its limit lies within the spread."""

    spread: Spread
    """Of the ratio in each round, or of the figure itself if the limit is absolute."""
    word: Literal["met", "missed", "not decided"]


def format_figure(value: float) -> str:
    """Three significant digits, or a whole number from a hundred on."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def spread(values: Sequence[float]) -> Spread:
    """The spread of one figure."""
    ordered = sorted(values)
    trim = len(ordered) // _TRIMMED
    return Spread(statistics.median(ordered), ordered[trim], ordered[-1 - trim])


def judge(goal: Goal, rounds: Sequence[Round]) -> Verdict:
    """Compares within each round: a slower machine slows down all contenders of the round."""
    found = spread(
        [
            each[goal.figure] / min((each[name] for name in goal.relative_to), default=1.0)
            for each in rounds
        ]
    )
    if found.low < goal.limit < found.high:
        return Verdict(found, "not decided")
    at_least = goal.sense == "at least"
    is_met = found.median >= goal.limit if at_least else found.median <= goal.limit
    return Verdict(found, "met" if is_met else "missed")
