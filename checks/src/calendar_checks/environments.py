"""A service in an environment of its own, installed as its image does it."""

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from calendar_checks.projects import ROOT, Project, parts

UV = ROOT / ".tools/bin/uv"


def install(service: Project, wheels: Path, environment: Path) -> None:
    """Install what the service's lock names, and then the wheels of its own packages, alone.

    Args:
        service: which one.
        wheels: where the wheels of our own are.
        environment: the folder to make.

    Raises:
        CalledProcessError: something is missing, or is not what the lock says.
    """
    _uv("venv", "--python", sys.executable, environment)
    to_install = ("pip", "install", "--python", environment)
    _uv(*to_install, "--require-hashes", "--requirement", service.folder / "requirements.lock")
    with TemporaryDirectory() as beside:
        for project in parts(service):
            shutil.copy(wheel_of(project, wheels), beside)
        # From these wheels and what the lock gave, with no registry: nothing may be missing.
        _uv(*to_install, "--no-index", "--find-links", beside, service.name)


def wheel_of(project: Project, wheels: Path) -> Path:
    """Return a project's wheel among others."""
    return next(wheels.glob(f"{project.package}-*.whl"))


def _uv(*arguments: str | Path) -> None:
    subprocess.run([UV, "--quiet", *arguments], check=True)
