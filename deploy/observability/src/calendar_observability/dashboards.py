"""Parses the Grafana dashboards."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from calendar_observability import FOLDER

VARIABLES: Final = {"$__rate_interval": "1m"}
"""Grafana variables, and their values in tests."""


@dataclass(frozen=True, kw_only=True)
class Query:
    """One expression of a panel."""

    panel: str
    expression: str


def files() -> list[Path]:
    """Return the paths of the dashboards."""
    return sorted(FOLDER.glob("grafana/dashboards/*.json"))


def panels(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the panels of a dashboard, without rows."""
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def queries() -> list[Query]:
    """Return all expressions of all panels."""
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
