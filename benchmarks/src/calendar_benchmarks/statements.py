"""The services' own SQL, read from their sources: a ceiling sends the same statements."""

import runpy
from collections.abc import Mapping

from calendar_benchmarks.sandbox import ROOT


def statements(service: str, domain: str) -> Mapping[str, str]:
    """The statements of a service's domain, such as "storer", "notifications", by name."""
    return runpy.run_path(
        str(ROOT / f"services/{service}/src/calendar_{service}/{domain}/statements.py")
    )
