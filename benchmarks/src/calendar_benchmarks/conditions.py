"""What a figure depends on that no code of ours decides. Names no machine and no folder."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from calendar_benchmarks.results import Conditions
from calendar_benchmarks.stage import ROOT
from calendar_local.jars import kafka_version
from calendar_local.postgres import postgres_version


def conditions() -> Conditions:
    """As they are now."""
    return Conditions(
        date=datetime.now(UTC).date().isoformat(),
        commit=_commit(),
        cores=os.cpu_count() or 1,
        cpu=_cpu(),
        python=platform.python_version(),
        postgresql=postgres_version(),
        kafka=kafka_version(),
    )


def _commit() -> str:
    """With a mark where the services differ from it."""
    git = ("git", "-C", ROOT)
    try:
        commit = subprocess.check_output((*git, "rev-parse", "--short", "HEAD"), text=True).strip()  # noqa: S603
        changed = subprocess.run((*git, "diff", "--quiet", "HEAD", "--", "services"), check=False)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return f"{commit}, changed" if changed.returncode else commit


def _cpu() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.machine()
