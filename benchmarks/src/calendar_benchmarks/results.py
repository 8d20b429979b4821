"""The file of results: what was measured of each path, when, and on what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from pydantic import TypeAdapter

from calendar_benchmarks.judging import Round
from calendar_benchmarks.path import Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """Where and when; names no machine."""

    date: str
    commit: str
    cores: int
    cpu: str
    python: str
    postgresql: str
    kafka: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Of one path: what it is about, and the figures of its rounds."""

    title: str
    unit: str
    better: Literal["more", "less"]
    notes: Sequence[str]
    claims: Sequence[Claim]
    peers: Sequence[str]
    """Which figures are other products'."""
    rounds: Sequence[Round]
    conditions: Conditions


Results = Mapping[str, Result]
"""By the path's name, in the order in which the page shows them."""

_FORM: Final = TypeAdapter(dict[str, Result])


def read(path: Path) -> dict[str, Result]:
    """What has been measured so far; nothing where there is no such file."""
    return _FORM.validate_json(path.read_bytes()) if path.exists() else {}


def write(path: Path, results: Results) -> None:
    """Replaces the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_FORM.dump_json(dict(results), indent=2) + b"\n")
