"""A picture of a path's figures: for each a dot at the median, and a line as far as the rounds go.

A tick is where a figure has to be.

Written by hand, so that the same figures make the same file, byte by byte.
"""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Final

from calendar_benchmarks.judging import Spread, ceiling, figures
from calendar_benchmarks.path import Claim
from calendar_benchmarks.results import Result
from calendar_benchmarks.wording import text

_WIDTH: Final = 800
_LEFT: Final = 290
_RIGHT: Final = 700
"""Where the axis begins and ends; what a row is called stands before it, its median behind it."""
_ROW: Final = 24
_TOP: Final = 34

_GOAL: Final = "#111111"
_OURS: Final = "#0b62c4"
_PEER: Final = "#b0522d"
_OTHER: Final = "#555555"


def plot(result: Result) -> str:
    """The picture, as SVG.

    Figures share an axis, from zero, where their names begin alike or a claim compares them. One
    that has nothing beside it has no axis.
    """
    rows = list(_rows(result, figures(result.rounds)))
    height = _TOP + _ROW * len(rows) + 10
    return "\n".join(
        [
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}"'
                f' viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif" font-size="13">'
            ),
            f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
            (
                f'<text x="10" y="20" font-weight="bold">{escape(result.title)}, '
                f"{escape(result.unit)} ({result.better} is better)</text>"
            ),
            *(
                f'<g transform="translate(0 {_TOP + _ROW * number})">{row}</g>'
                for number, row in enumerate(rows)
            ),
            "</svg>\n",
        ]
    )


def _rows(result: Result, found: Mapping[str, Spread]) -> Iterator[str]:
    for name, spread in found.items():
        beside = _beside(name, result.claims, found)
        # An absolute goal may be far off: it is shown where nothing else is to be compared.
        goals = [
            (claim.figure, _goal(claim, found))
            for claim in result.claims
            if claim.figure in beside and bool(claim.ceilings) == (len(beside) > 1)
        ]
        who = name.rpartition(": ")[2]
        colour = _OURS if who == "calendar" else _PEER if name in result.peers else _OTHER
        axis = ""
        if goals or len(beside) > 1:
            end = max([found[each].high for each in beside] + [goal for _, goal in goals])
            ticks = [goal for figure, goal in goals if figure == name]
            axis = _axis(spread, ticks, end=end, colour=colour)
        yield (
            f'<text x="10" y="17" fill="{colour}">{escape(name)}</text>{axis}'
            f'<text x="{_RIGHT + 12}" y="17" fill="{colour}">{text(spread.median)}</text>'
        )


def _beside(name: str, claims: Sequence[Claim], found: Mapping[str, Spread]) -> set[str]:
    """The figures on one axis with this one, which is among them."""
    part = name.rpartition(": ")[0]
    beside = {other for other in found if other.rpartition(": ")[0] == part}
    for claim in claims:
        if name in {claim.figure, *claim.ceilings}:
            beside |= {claim.figure, *claim.ceilings}
    return beside


def _goal(claim: Claim, found: Mapping[str, Spread]) -> float:
    return claim.goal * ceiling(claim, {name: each.median for name, each in found.items()})


def _axis(spread: Spread, ticks: Sequence[float], *, end: float, colour: str) -> str:
    def at(value: float) -> float:
        return round(_LEFT + (_RIGHT - _LEFT) * value / (end or 1.0), 1)

    marks = "".join(
        f'<rect x="{at(goal) - 1}" y="3" width="2" height="18" fill="{_GOAL}"/>' for goal in ticks
    )
    return (
        f'<line x1="{_LEFT}" x2="{_RIGHT}" y1="12" y2="12" stroke="#dddddd"/>{marks}'
        f'<line x1="{at(spread.low)}" x2="{at(spread.high)}" y1="12" y2="12"'
        f' stroke="{colour}" stroke-width="3"/>'
        f'<circle cx="{at(spread.median)}" cy="12" r="5" fill="{colour}"/>'
    )
