"""The services' own SQL, read from their sources: a ceiling runs the same statements as they."""

import runpy
from collections.abc import Mapping

from calendar_benchmarks.stage import ROOT


def statements(service: str) -> Mapping[str, str]:
    """What `queries.py` of "api", "scheduler" or "storer" defines, by name."""
    return runpy.run_path(str(ROOT / f"services/{service}/src/calendar_{service}/queries.py"))
