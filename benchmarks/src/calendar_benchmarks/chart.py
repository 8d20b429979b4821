"""Draws by which factor each goal is exceeded. The same rows always give the same bytes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

_WIDTH: Final = 860
_LEFT: Final = 400
_RIGHT: Final = 800
_TOP: Final = 24
_ROW: Final = 22

_LOWEST: Final = 0.5
_HIGHEST: Final = 100.0
_TICKS: Final = (0.5, 1, 2, 5, 10, 20, 50, 100)


@dataclass(frozen=True, slots=True)
class Row:
    """A goal, and the lowest, median and highest factor by which it is exceeded."""

    label: str
    low: float
    median: float
    high: float


def chart(rows: Sequence[Row]) -> str:
    """An SVG with a line for each row, on one logarithmic axis."""
    bottom = _TOP + _ROW * len(rows)
    return "\n".join(
        [
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{bottom + 8}"'
                ' font-family="sans-serif" font-size="12">'
            ),
            f'<rect width="{_WIDTH}" height="{bottom + 8}" fill="#ffffff"/>',
            *(_tick(tick, bottom) for tick in _TICKS),
            *(_line(row, _TOP + _ROW * number) for number, row in enumerate(rows)),
            "</svg>\n",
        ]
    )


def _tick(factor: float, bottom: int) -> str:
    x, colour = _x(factor), "#111111" if factor == 1 else "#dddddd"
    return (
        f'<line x1="{x}" x2="{x}" y1="{_TOP - 4}" y2="{bottom}" stroke="{colour}"/>'
        f'<text x="{x}" y="14" text-anchor="middle" fill="#555555">{factor:g}</text>'
    )


def _line(row: Row, top: int) -> str:
    y, colour = top + _ROW // 2, "#0b62c4" if row.median >= 1 else "#b0522d"
    return (
        f'<text x="10" y="{y + 4}">{escape(row.label)}</text>'
        f'<line x1="{_x(row.low)}" x2="{_x(row.high)}" y1="{y}" y2="{y}"'
        f' stroke="{colour}" stroke-width="3"/>'
        f'<circle cx="{_x(row.median)}" cy="{y}" r="5" fill="{colour}"/>'
    )


def _x(factor: float) -> float:
    """The place of a factor on the axis; one outside of it is drawn at its end."""
    inside = min(max(factor, _LOWEST), _HIGHEST)
    share = math.log(inside / _LOWEST) / math.log(_HIGHEST / _LOWEST)
    return round(_LEFT + (_RIGHT - _LEFT) * share, 1)
