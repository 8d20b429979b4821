"""The dashboards that Grafana shows."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from calendar_observability import FOLDER

VARIABLES: Final = {"$__rate_interval": "1m"}
"""What Grafana puts into an expression, and what stands for it where there is no Grafana."""


@dataclass(frozen=True, kw_only=True)
class Query:
    """One expression of a panel."""

    panel: str
    expression: str


def files() -> list[Path]:
    """The dashboards' files."""
    return sorted(FOLDER.glob("grafana/dashboards/*.json"))


def panels(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    """What is shown on a dashboard, without the rows' headings."""
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def queries() -> list[Query]:
    """Every expression of every panel."""
    return [
        Query(panel=f"{path.stem}: {panel['title']}", expression=_fill(target["expr"]))
        for path in files()
        for panel in panels(json.loads(path.read_text()))
        for target in panel["targets"]
    ]


def _fill(expression: str) -> str:
    for name, value in VARIABLES.items():
        expression = expression.replace(name, value)
    return expression
