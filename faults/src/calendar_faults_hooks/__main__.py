"""`python -m calendar_faults_hooks SERVICE …`: the service's executable, with hooks.

Environment variables choose them: `FAULTS_POINTS` (a folder), `FAULTS_CLOCK` (seconds),
`FAULTS_BREAKAGE` (a name), `FAULTS_RETRIES` (a factor), `FAULTS_LEASE` (seconds).
"""

import os
import sys
from importlib import import_module
from pathlib import Path

from calendar_faults_hooks import clock, pace, points
from calendar_faults_hooks.breakages import BREAKAGES


def main() -> None:
    """Run the service named by the first argument with the rest of them."""
    service = sys.argv.pop(1)
    # Before any of the service's modules: they bind the classes that they import.
    if seconds := os.environ.get("FAULTS_CLOCK"):
        clock.shift(float(seconds))
    if name := os.environ.get("FAULTS_BREAKAGE"):
        BREAKAGES[service][name]()
    if factor := os.environ.get("FAULTS_RETRIES"):
        pace.hurry_retries(float(factor))
    if seconds := os.environ.get("FAULTS_LEASE"):
        pace.shorten_lease(float(seconds))
    if folder := os.environ.get("FAULTS_POINTS"):
        points.install(service, Path(folder))
    import_module(f"calendar_{service}.cli").main()


main()
