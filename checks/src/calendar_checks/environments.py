"""Installs a service into a new virtual environment, like its image does."""

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from calendar_checks.projects import ROOT, Project, parts

UV = ROOT / ".tools/bin/uv"


def install(service: Project, wheels: Path, environment: Path) -> None:
    """Install the locked dependencies of a service, and then the wheels of this project.

    Args:
        service: the service to install.
        wheels: the folder with the wheels of this project.
        environment: the folder to create.

    Raises:
        CalledProcessError: a dependency is missing or its hash differs.
    """
    _uv("venv", "--python", sys.executable, environment)
    to_install = ("pip", "install", "--python", environment)
    _uv(*to_install, "--require-hashes", "--requirement", service.folder / "requirements.lock")
    with TemporaryDirectory() as links:
        for project in parts(service):
            shutil.copy(wheel_of(project, wheels), links)
        # Without a registry: the lock must contain all dependencies.
        _uv(*to_install, "--no-index", "--find-links", links, service.name)


def wheel_of(project: Project, wheels: Path) -> Path:
    """Return the wheel of a project."""
    return next(wheels.glob(f"{project.package}-*.whl"))


def _uv(*arguments: str | Path) -> None:
    subprocess.run([UV, "--quiet", *arguments], check=True)
