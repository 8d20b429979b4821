"""Writes docs/performance.md and its picture from the results alone."""

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path as FilePath
from typing import Final

from calendar_benchmarks.chart import Row, chart
from calendar_benchmarks.path import Goal, Path
from calendar_benchmarks.results import Results
from calendar_benchmarks.verdicts import format_figure, judge, spread

_TEXT: Final = """\
# Performance

`make bench` measures every path beside its ceiling, the same work with as little around it as
possible, and beside its peer, the same API as most people would write it with FastAPI and
SQLAlchemy ([plain.py](../benchmarks/peers/plain.py)), in the same run. The command writes this
page; [benchmarks/](../benchmarks/README.md) describes the method.

Absolute figures depend on the machine. Ratios are taken within a round, in which every contender
has a turn. *Measured* is the median of the rounds, *spread* the lowest and highest round without a
fifth of them at each end. A goal whose limit lies within the spread is *not decided*: another run
may give the other verdict.

## Goals

{goals}

The picture shows by which factor each goal is exceeded, on a logarithmic scale. A goal left of the
line at 1 is missed.

![Goals](performance/goals.svg)

## Figures

{figures}

What is measured:

{notes}

{conditions}
"""

_GOALS: Final = ("path", "goal", "measured", "spread", "verdict")
_FIGURES: Final = ("path", "contender", "median", "spread", "unit")
_SENSES: Final = {"at least": "≥", "at most": "≤"}

Paths = Mapping[str, Path]


def write(page: FilePath, paths: Paths, results: Results) -> None:
    """Replaces the page and its picture."""
    page.write_text(render(paths, results))
    picture = page.with_suffix("") / "goals.svg"
    picture.parent.mkdir(exist_ok=True)
    picture.write_text(render_picture(paths, results))


def render(paths: Paths, results: Results) -> str:
    """The page in Markdown."""
    measured = {name: path for name, path in paths.items() if name in results}
    return _TEXT.format(
        goals=_table(_GOALS, _goal_rows(measured, results)),
        figures=_table(_FIGURES, _figure_rows(measured, results)),
        notes="\n".join(f"- `{name}`: {path.notes}" for name, path in measured.items()),
        conditions="\n\n".join(_conditions(measured, results)),
    )


def render_picture(paths: Paths, results: Results) -> str:
    """The picture of all goals, in SVG."""
    rows = []
    for name, path in paths.items():
        for goal in path.goals if name in results else ():
            found = judge(goal, results[name].rounds).spread
            factors = sorted(_factor(goal, each) for each in (found.low, found.median, found.high))
            rows.append(Row(f"{name}: {_describe(goal)}", *factors))
    return chart(rows)


def summary(paths: Paths, results: Results) -> str:
    """The table of goals for a terminal."""
    rows = [_GOALS, *_goal_rows(paths, results)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def _goal_rows(paths: Paths, results: Results) -> Iterator[Sequence[str]]:
    for name, path in paths.items():
        for goal in path.goals:
            verdict = judge(goal, results[name].rounds)
            measured = format_figure(verdict.spread.median)
            yield name, _describe(goal), measured, str(verdict.spread), verdict.word


def _figure_rows(paths: Paths, results: Results) -> Iterator[Sequence[str]]:
    for name, path in paths.items():
        rounds = results[name].rounds
        for figure in rounds[0]:
            found = spread([each[figure] for each in rounds])
            yield name, figure, format_figure(found.median), str(found), path.unit


def _factor(goal: Goal, value: float) -> float:
    if goal.sense == "at least":
        return value / goal.limit
    return goal.limit / value if value else math.inf


def _describe(goal: Goal) -> str:
    part = "" if goal.figure == "calendar" else f"{goal.figure} "
    limit = f"{part}{_SENSES[goal.sense]} {format_figure(goal.limit)}"
    if not goal.relative_to:
        return f"{limit} {goal.unit}"
    return f"{limit} × {' or '.join(goal.relative_to)}"


def _conditions(paths: Paths, results: Results) -> Iterator[str]:
    names: dict[str, list[str]] = {}
    for name in paths:
        at = results[name].conditions
        line = (
            f"{at.date}, commit {at.commit}, {at.cores} cores of {at.cpu}; "
            f"Python {at.python}, PostgreSQL {at.postgresql}, Kafka {at.kafka}"
        )
        names.setdefault(line, []).append(name)
    for line, measured in names.items():
        yield f"Measured on {line}." if len(names) == 1 else f"{', '.join(measured)}: {line}."


def _table(headings: Sequence[str], rows: Iterator[Sequence[str]]) -> str:
    rule = ["---" for _ in headings]
    return "\n".join(f"| {' | '.join(row)} |" for row in [headings, rule, *rows])
