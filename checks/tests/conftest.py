import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from calendar_checks.dist import build_wheel
from calendar_checks.projects import PACKAGES, ROOT


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheels of all packages."""
    folder = tmp_path_factory.mktemp("wheels")
    for project in PACKAGES:
        build_wheel(project, folder)
    return folder


@pytest.fixture(scope="session")
def files() -> Sequence[Path]:
    """All files that are tracked by git or would be added."""
    # In CI the checkout can belong to another user.
    git = ["git", "-c", "safe.directory=*"]
    listing = subprocess.run(
        [*git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    paths = (ROOT / name for name in listing.split("\0") if name)
    return [path for path in paths if path.is_file()]
