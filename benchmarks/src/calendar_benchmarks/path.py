"""A path to measure: its contenders and its goals."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Literal

from calendar_benchmarks.sandbox import Sandbox

Figures = float | Mapping[str, float]
"""The result of one round: a figure in the path's unit, or several by name.

The figure "p99" of the contender "at rest" is called "p99: at rest".
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One implementation of the path: Calendar, a ceiling or a peer."""

    name: str
    """For example "calendar" or "bare handler"; "day: calendar" if the path has several parts."""
    measure: Callable[[float], Awaitable[Figures]]
    """Runs one round of about this many seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A limit on a figure, or on its ratio to other figures of the same round."""

    figure: str = "calendar"
    relative_to: Sequence[str] = ()
    """The figure is divided by the lowest of these. If there are none, the limit is absolute."""
    sense: Literal["at least", "at most"]
    limit: float
    unit: str = ""
    """Of an absolute limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """What each module of `paths` defines under the name `PATH`."""

    title: str
    unit: str
    notes: str
    """What exactly is measured, for the page."""
    goals: Sequence[Goal]
    contenders: Callable[[Sandbox], AbstractAsyncContextManager[Sequence[Contender]]]
    """Sets up what the contenders need, for the duration of the block."""
    rounds: int = 5
    warm_up: bool = True
    """Whether an additional first round is discarded."""
    seconds: float = 1.5
    """Of each contender in each round."""
