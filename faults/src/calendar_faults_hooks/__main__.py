"""`python -m calendar_faults_hooks SERVICE …`: the service's executable, with hooks.

They are told by environment variables: `FAULTS_POINTS` (a folder), `FAULTS_CLOCK` (seconds),
`FAULTS_BREAKAGE` (a name).
"""

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Final

from calendar_faults_hooks import clock, points
from calendar_faults_hooks.breakage import BREAKAGES

PACKAGES: Final = {
    "api": "calendar_api",
    "scheduler": "calendar_scheduler",
    "storer": "calendar_storer",
}


def main() -> None:
    """Runs the service named by the first argument with the rest of them."""
    service = sys.argv.pop(1)
    # Before anything of the service is imported: modules keep the classes that they import.
    if seconds := os.environ.get("FAULTS_CLOCK"):
        clock.turn(float(seconds))
    if name := os.environ.get("FAULTS_BREAKAGE"):
        BREAKAGES[name]()
    if folder := os.environ.get("FAULTS_POINTS"):
        points.install(service, Path(folder))
    import_module(f"{PACKAGES[service]}.cli").main()


main()
