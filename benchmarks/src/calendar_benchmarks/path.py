"""What a path consists of: who is measured, and what is claimed of them. Knows no figure."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Literal

from calendar_benchmarks.stage import Stage

Figures = float | Mapping[str, float]
"""What one round gives: a figure in the path's unit, or several by what they are ("p99").

Of several, each is called by what it is and whose, "p99: calendar" or "memory, MB: api". What
stands before the colon may be compared, and shares an axis of the plot.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """Somebody who does the path's work."""

    name: str
    """"calendar", "bare handler", "pgbench"; where a path has several parts, "day: calendar"."""
    measure: Callable[[float], Awaitable[Figures]]
    """One round of about so many seconds."""
    peer: bool = False
    """Whether it is another product: neither ceiling nor ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What must hold of a figure, round by round."""

    figure: str = "calendar"
    ceilings: Sequence[str] = ()
    """Figures of the same round: it is divided by the lowest of them, of stages the slowest.

    Where there are none the goal is absolute.
    """
    sense: Literal["at least", "at most"]
    goal: float
    unit: str = ""
    """Of an absolute goal."""


Contenders = AbstractAsyncContextManager[Sequence[Contender]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """One path through the system, as each module of `paths` has one under the name `PATH`."""

    title: str
    """One line: "Create one event, 32 connections"."""
    unit: str
    """Of the figures: "events/s", "ms"."""
    better: Literal["more", "less"] = "more"
    claims: Sequence[Claim]
    contenders: Callable[[Stage], Contenders]
    """Sets up all that is needed, for as long as the block lasts."""
    rounds: int = 7
    """Counted ones."""
    warm_up: bool = True
    """Whether one more round goes before them."""
    seconds: float = 3.0
    """Of each contender in each round."""
    notes: Sequence[str] = ()
    """Sentences for the page: what exactly is done, where that is not plain."""
