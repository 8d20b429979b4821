"""Zone rules are those of the pinned tzdata, however old the machine's zone files are."""

import os
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest

from calendar_api import zones

# The rules of 2025, as zones of one offset: right in winter, which is all that is asked here.
OUTDATED = {
    "America/Vancouver": "Etc/GMT+8",
    "America/Edmonton": "Etc/GMT+7",
    "Africa/Casablanca": "Etc/GMT-1",
}

# A zone may have been read from the system before this service's modules were imported.
PRINT_START_OF_DAY = """
import sys
from datetime import date
from zoneinfo import ZoneInfo

from_the_system = ZoneInfo(sys.argv[1])

from pydantic import TypeAdapter
from calendar_api.values import types as values
from calendar_api.listing import windows

zone = TypeAdapter(values.Zone).validate_python(sys.argv[1])
print(windows.day(date(2026, 11, 28), zone).start.isoformat())
"""


@pytest.fixture
def system_zone_files(tmp_path: Path) -> Path:
    """A machine's folder of outdated zone files."""
    files = resources.files("tzdata") / "zoneinfo"
    for name, same_as in OUTDATED.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes((files / same_as).read_bytes())
    return tmp_path


@pytest.mark.parametrize(
    ("zone", "start"),
    [
        ("America/Vancouver", "2026-11-28T07:00:00+00:00"),
        ("America/Edmonton", "2026-11-28T06:00:00+00:00"),
        ("Africa/Casablanca", "2026-11-28T00:00:00+00:00"),
    ],
)
def test_outdated_zone_files_of_the_system_are_ignored(
    zone: str, start: str, system_zone_files: Path
) -> None:
    result = subprocess.run(
        [sys.executable, "-c", PRINT_START_OF_DAY, zone],
        env=os.environ | {"PYTHONTZPATH": str(system_zone_files)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )

    assert result.stdout.strip() == start


def test_names_are_those_of_the_package() -> None:
    names = (resources.files("tzdata") / "zones").read_text().split()

    assert set(names) == zones.NAMES
