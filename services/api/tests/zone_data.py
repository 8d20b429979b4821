"""Zone data of another version, for a test."""

import struct
import zoneinfo  # noqa: TID251
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from calendar_api import zones


def tzif(rule: str) -> bytes:
    """The data of a zone that always has a POSIX rule: `PST8PDT,M3.2.0,M11.1.0`."""
    name = rule[:3].encode() + b"\0"
    header = struct.pack(">4sc15x6l", b"TZif", b"2", 0, 0, 0, 0, 1, len(name))
    types = struct.pack(">lbb", 0, 0, 0) + name
    return (header + types) * 2 + b"\n" + rule.encode() + b"\n"


@contextmanager
def zone_data(version: str, rules: Mapping[str, str], folder: Path) -> Iterator[None]:
    """In the block, the process has this version, with these rules of some zones."""
    for name, rule in rules.items():
        path = folder / version / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(tzif(rule))

    real_rules_of, path_before = zones.rules_of, zoneinfo.TZPATH

    def rules_of(name: str) -> str:
        own = rules.get(name, real_rules_of(name).partition(f"{name} ")[2])
        return f"{version} {name} {own}"

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(zones, "rules_of", rules_of)
        _read_from([folder / version])
        try:
            yield
        finally:
            _read_from(path_before)


def _read_from(path: Sequence[str | Path]) -> None:
    zoneinfo.reset_tzpath(path)
    zones.ZoneInfo.clear_cache()
    zones.zone.cache_clear()
