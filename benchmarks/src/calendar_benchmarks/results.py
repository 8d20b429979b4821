"""The file of results: the figures of each path's rounds, and the conditions they depend on."""

import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from calendar_benchmarks.sandbox import ROOT
from calendar_benchmarks.verdicts import Round
from calendar_local.jars import kafka_version
from calendar_local.postgres import postgres_version


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """When and on what the figures were measured. Names no machine."""

    date: str
    commit: str
    cores: int
    cpu: str
    python: str
    postgresql: str
    kafka: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The figures of one path."""

    rounds: Sequence[Round]
    conditions: Conditions


Results = Mapping[str, Result]
"""By the path's name."""

_FILE: Final = TypeAdapter(dict[str, Result])


def read(path: Path) -> dict[str, Result]:
    """The results so far; empty if there is no such file."""
    return _FILE.validate_json(path.read_bytes()) if path.exists() else {}


def write(path: Path, results: Results) -> None:
    """Replaces the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_FILE.dump_json(dict(results), indent=2) + b"\n")


def conditions() -> Conditions:
    """The current ones."""
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
    git = ("git", "-C", ROOT)
    try:
        commit = subprocess.check_output((*git, "rev-parse", "--short", "HEAD"), text=True).strip()  # noqa: S603
        changed = subprocess.run((*git, "diff", "--quiet", "HEAD", "--", "services"), check=False)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return f"{commit} with changes" if changed.returncode else commit


def _cpu() -> str:
    information = Path("/proc/cpuinfo")
    lines = information.read_text().splitlines() if information.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()
