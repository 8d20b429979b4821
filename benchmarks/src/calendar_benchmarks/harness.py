"""Measures a path in rounds. Each contender has a turn in every round, in rotating order."""

from collections.abc import Mapping, Sequence

from calendar_benchmarks.path import Contender, Figures, Path
from calendar_benchmarks.sandbox import Sandbox
from calendar_benchmarks.verdicts import Round, format_figure


class UnknownFigureError(Exception):
    """A goal names a figure that no contender measures."""


async def measure(path: Path, sandbox: Sandbox) -> list[Round]:
    """The figures of each counted round.

    Raises:
        UnknownFigureError: a goal names a figure that is not among them.
    """
    rounds = []
    async with path.contenders(sandbox) as contenders:
        for number in range(0 if path.warm_up else 1, path.rounds + 1):
            figures = await _round(path, contenders, first=number % len(contenders))
            _check_goals(path, figures)
            label = f"round {number} of {path.rounds}" if number else "warm-up"
            line = " · ".join(f"{name} {format_figure(each)}" for name, each in figures.items())
            sandbox.console.say(f"  {label}: {line} ({path.unit})")
            if number:
                rounds.append(figures)
    return rounds


async def _round(path: Path, contenders: Sequence[Contender], *, first: int) -> Round:
    found = {}
    for each in [*contenders[first:], *contenders[:first]]:
        found[each.name] = _named(each.name, await each.measure(path.seconds))
    return {name: value for each in contenders for name, value in found[each.name].items()}


def _check_goals(path: Path, figures: Round) -> None:
    for goal in path.goals:
        for name in (goal.figure, *goal.relative_to):
            if name not in figures:
                raise UnknownFigureError(f"no figure {name!r}; measured: {', '.join(figures)}")


def _named(contender: str, figures: Figures) -> dict[str, float]:
    if isinstance(figures, Mapping):
        return {f"{name}: {contender}": value for name, value in figures.items()}
    return {contender: figures}
