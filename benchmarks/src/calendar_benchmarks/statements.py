"""The services' own SQL, read from their sources: a ceiling sends the same statements."""

import runpy
from collections.abc import Mapping

from calendar_benchmarks.sandbox import ROOT


def statements(service: str) -> Mapping[str, str]:
    """The statements of "scheduler" or "storer", by name."""
    package = ROOT / f"services/{service}/src/calendar_{service}"
    modules = package.rglob("statements.py")
    return dict(item for module in modules for item in runpy.run_path(str(module)).items())
