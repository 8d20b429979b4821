"""Measures a path: rounds in which every contender has its turn, in another order each time.

So a machine that slows down slows all of them down, and what is compared is of one round.
"""

from collections.abc import Mapping, Sequence

from calendar_benchmarks.judging import Round
from calendar_benchmarks.path import Contender, Figures, Path
from calendar_benchmarks.stage import Stage
from calendar_benchmarks.wording import text


class NoSuchFigureError(Exception):
    """A path claims something of a figure that nobody measures."""


async def measure(path: Path, stage: Stage) -> tuple[list[Round], list[str]]:
    """The figures of each counted round, and which of them are a peer's.

    Raises:
        NoSuchFigureError: a claim is of none of them.
    """
    rounds = []
    async with path.contenders(stage) as contenders:
        for number in range(0 if path.warm_up else 1, path.rounds + 1):
            found = await _round(path, contenders, first=number % len(contenders))
            _check_claims(path, found)
            told = " · ".join(f"{name} {text(each)}" for name, each in found.items())
            which = f"round {number} of {path.rounds}" if number else "warm-up"
            stage.console.say(f"  {which}: {told} ({path.unit})")
            if number:
                rounds.append(found)
        peers = [each.name for each in contenders if each.peer]
    return rounds, [name for name in rounds[0] if name.endswith(tuple(peers))]


async def _round(path: Path, contenders: Sequence[Contender], *, first: int) -> Round:
    found = {}
    for each in [*contenders[first:], *contenders[:first]]:
        found[each.name] = _named(each.name, await each.measure(path.seconds))
    # In the contenders' own order, whoever was first.
    return {name: value for each in contenders for name, value in found[each.name].items()}


def _check_claims(path: Path, found: Round) -> None:
    for claim in path.claims:
        for figure in (claim.figure, *claim.ceilings):
            if figure not in found:
                raise NoSuchFigureError(f"{figure!r} is claimed; measured: {', '.join(found)}")


def _named(contender: str, figures: Figures) -> dict[str, float]:
    """Figures by the names under which claims know them."""
    if isinstance(figures, Mapping):
        return {f"{what}: {contender}": value for what, value in figures.items()}
    return {contender: figures}
