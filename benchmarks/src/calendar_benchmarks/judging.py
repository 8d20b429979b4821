"""From the figures of the rounds to a verdict: what holds, what does not, what cannot be told."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from calendar_benchmarks.path import Claim

Round = Mapping[str, float]
"""Figures by name."""

_OUTLIERS: Final = 5
"""One round in so many, at each end."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Where the rounds lie."""

    median: float
    low: float
    high: float
    """The lowest and the highest round, without the fifth of them at each end.

    Of seven rounds, the true median lies between them with a probability of 7 in 8; of eleven, of
    13 in 14.
    """


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a claim."""

    claim: Claim
    spread: Spread
    """Of the ratio in each round, or of the figure itself where the goal is absolute."""
    word: Literal["met", "missed", "not decided"]


def spread(values: Sequence[float]) -> Spread:
    """Median and reach of a figure over the rounds."""
    ordered = sorted(values)
    trim = len(ordered) // _OUTLIERS
    return Spread(statistics.median(ordered), ordered[trim], ordered[-1 - trim])


def figures(rounds: Sequence[Round]) -> dict[str, Spread]:
    """Each figure of a path."""
    return {name: spread([each[name] for each in rounds]) for name in rounds[0]}


def ceiling(claim: Claim, figures: Round) -> float:
    """What a claim's figure is divided by."""
    return min((figures[name] for name in claim.ceilings), default=1.0)


def judge(claim: Claim, rounds: Sequence[Round]) -> Verdict:
    """Not decided where the goal lies within the spread: another run may say otherwise."""
    found = spread([each[claim.figure] / ceiling(claim, each) for each in rounds])
    if found.low < claim.goal < found.high:
        return Verdict(claim, found, "not decided")
    is_met = found.median >= claim.goal if claim.sense == "at least" else found.median <= claim.goal
    return Verdict(claim, found, "met" if is_met else "missed")
