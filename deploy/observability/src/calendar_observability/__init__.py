"""Reads what is written here for Prometheus and Grafana, so that tests can ask about it."""

from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parents[2]
"""Where `prometheus/` and `grafana/` are: this project is used in its folder, never as a wheel."""
