"""Parses the Prometheus rules and Grafana dashboards for tests."""

from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parents[2]
"""The project folder with `prometheus/` and `grafana/`; they are not in the wheel."""
