"""`python -m calendar_checks.sbom FOLDER`: list the Python packages of each service's image.

Builds no image: it installs the same lock as the image does. CI lists the packages of the base
image from the image itself.
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
        CalledProcessError: the installation or the tool failed.
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
    """Write the bills of materials into the folder given as argument."""
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
