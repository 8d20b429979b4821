"""`python -m calendar_checks.sbom FOLDER`: what each service's image has of Python packages.

Needs no image: an environment is installed as the image's is, from the same lock, and the same
locks give the same files. What the base image brings along CI lists, out of the image itself.
"""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from calendar_checks.dist import build_wheel
from calendar_checks.environments import install
from calendar_checks.projects import PACKAGES, SERVICES, Project


def write_bom(service: Project, wheels: Path, folder: Path) -> Path:
    """Write a service's bill of materials into a folder, as CycloneDX.

    Raises:
        CalledProcessError: the service cannot be installed, or the tool failed.
    """
    file = folder / f"{service.folder.name}.cdx.json"
    with TemporaryDirectory() as temporary:
        environment = Path(temporary) / "environment"
        install(service, wheels, environment)
        subprocess.run(
            [
                Path(sys.executable).with_name("cyclonedx-py"),
                *("environment", environment),
                *("--pyproject", service.folder / "pyproject.toml"),
                *("--output-reproducible", "--output-file", file),
            ],
            check=True,
        )
    return file


def main() -> None:
    """Write all of them into the folder that is the only argument."""
    folder = Path(sys.argv[1]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as wheels:
        for project in PACKAGES:
            build_wheel(project, Path(wheels))
        for service in SERVICES:
            file = write_bom(service, Path(wheels), folder)
            sys.stdout.write(f"{file.parent.name}/{file.name}\n")


if __name__ == "__main__":
    main()
