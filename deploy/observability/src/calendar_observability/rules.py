"""Parses the Prometheus rules."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from calendar_observability import FOLDER


@dataclass(frozen=True, kw_only=True)
class Recording:
    """A recording rule."""

    name: str
    expression: str


@dataclass(frozen=True, kw_only=True)
class Alert:
    """An alerting rule."""

    name: str
    expression: str
    labels: dict[str, str]
    annotations: dict[str, str]


def recordings() -> list[Recording]:
    """Return all recording rules."""
    return [
        Recording(name=rule["record"], expression=rule["expr"])
        for rule in _rules()
        if "record" in rule
    ]


def alerts() -> list[Alert]:
    """Return all alerting rules."""
    return [
        Alert(
            name=rule["alert"],
            expression=rule["expr"],
            labels=rule.get("labels", {}),
            annotations=rule.get("annotations", {}),
        )
        for rule in _rules()
        if "alert" in rule
    ]


def _rules() -> Iterator[dict[str, Any]]:
    for path in sorted(FOLDER.glob("prometheus/rules/*.yml")):
        for group in yaml.safe_load(path.read_text())["groups"]:
            yield from group["rules"]
