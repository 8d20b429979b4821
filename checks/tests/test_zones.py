"""Time zones come from the pinned tzdata, through identical copies of `zones.py`."""

import subprocess
import sys
from pathlib import Path

import pytest

from calendar_checks.projects import PROJECTS, ROOT

RUFF = Path(sys.executable).with_name("ruff")
COPIES = [path for project in PROJECTS if (path := project.source / "zones.py").exists()]


def is_rejected(line: str, *, path: str) -> bool:
    result = subprocess.run(
        [RUFF, "check", "--no-cache", "--stdin-filename", ROOT / path],
        input=f"{line}\n",
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    return "TID251" in result.stdout


def test_copies_are_identical() -> None:
    assert len(COPIES) >= 2
    assert len({path.read_text() for path in COPIES}) == 1


@pytest.mark.parametrize("line", ["from zoneinfo import ZoneInfo", "import zoneinfo"])
def test_only_zones_imports_zoneinfo(line: str) -> None:
    assert not is_rejected(line, path="services/api/src/calendar_api/zones.py")
    assert is_rejected(line, path="services/api/src/calendar_api/listing/windows.py")
    assert is_rejected(line, path="services/api/tests/unit/test_windows.py")
    assert is_rejected(line, path="features/src/calendar_features/durations.py")
