"""A picture of a path's figures: for each a dot at the median, and a line as far as the rounds go.

Written by hand, so that the same figures make the same file, byte by byte.
"""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Final

from calendar_benchmarks.judging import Spread, figures
from calendar_benchmarks.results import Result
from calendar_benchmarks.wording import text

_WIDTH: Final = 800
_LEFT: Final = 290
_RIGHT: Final = 700
"""Where the axis begins and ends; what a row is called stands before it, its median behind it."""
_ROW: Final = 24
_TOP: Final = 34

_OURS: Final = "#0b62c4"
_PEER: Final = "#b0522d"
_OTHER: Final = "#555555"


def plot(result: Result) -> str:
    """The picture, as SVG. Figures share an axis, from zero, where their names begin alike."""
    found = figures(result.rounds)
    rows = list(_rows(result, found))
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
        part, _, who = name.rpartition(": ")
        most = max(each.high for other, each in found.items() if other.rpartition(": ")[0] == part)
        colour = _OURS if who == "calendar" else _PEER if name in result.peers else _OTHER
        yield _row(name, spread, most=most, colour=colour)


def _row(name: str, spread: Spread, *, most: float, colour: str) -> str:
    low, median, high = (
        round(_LEFT + (_RIGHT - _LEFT) * value / (most or 1.0), 1)
        for value in (spread.low, spread.median, spread.high)
    )
    return (
        f'<text x="10" y="17" fill="{colour}">{escape(name)}</text>'
        f'<line x1="{_LEFT}" x2="{_RIGHT}" y1="12" y2="12" stroke="#dddddd"/>'
        f'<line x1="{low}" x2="{high}" y1="12" y2="12" stroke="{colour}" stroke-width="3"/>'
        f'<circle cx="{median}" cy="12" r="5" fill="{colour}"/>'
        f'<text x="{_RIGHT + 12}" y="17" fill="{colour}">{text(spread.median)}</text>'
    )
