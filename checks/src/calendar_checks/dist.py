"""`python -m calendar_checks.dist FOLDER`: build the four wheels and the three executables.

Builds are reproducible: the same sources and locks produce the same bytes.
"""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from calendar_checks.platforms import MINORS, complete_platform
from calendar_checks.projects import PACKAGES, SERVICES, Project, parts

_TOOLS = Path(sys.executable).parent
# pex downloads this pip; its default version is not available from every mirror.
_PIP_VERSION = "26.1.2"


class BuildError(Exception):
    """A build tool failed; the message is its output."""


def build_wheel(project: Project, folder: Path) -> Path:
    """Build a project's wheel with the locked hatchling, without downloads.

    Raises:
        BuildError: hatchling failed.
    """
    _run(_TOOLS / "hatchling", "build", "-t", "wheel", "-d", folder, cwd=project.folder)
    return folder / f"{project.package}-{project.version}-py3-none-any.whl"


def build_executable(service: Project, wheels: Path, folder: Path) -> Path:
    """Build a single file that needs only Python 3.11 or newer.

    It contains the locked wheels for each supported Python version on this platform, and
    unpacks itself into the user's cache on its first run.

    Args:
        service: the service to build.
        wheels: the folder with the wheels of this project.
        folder: the output folder.

    Raises:
        BuildError: pex failed, for example because a wheel for a Python version is missing.
    """
    ((name, entry_point),) = service.scripts.items()
    executable = folder / name
    with TemporaryDirectory() as temporary:
        sources = Path(temporary)
        for project in parts(service):
            # Unpacked, with metadata: pip would require a hash for a wheel, because all others
            # have one.
            with ZipFile(wheels / f"{project.package}-{project.version}-py3-none-any.whl") as wheel:
                wheel.extractall(sources)
        _run(
            _TOOLS / "pex",
            *(f"--complete-platform={complete_platform(minor)}" for minor in MINORS),
            f"--requirement={service.folder / 'requirements.lock'}",
            f"--sources-directory={sources}",
            f"--entry-point={entry_point}",
            f"--output-file={executable}",
            "--no-build",
            f"--pip-version={_PIP_VERSION}",
            "--use-pip-config",  # for mirrors and certificates
            "--venv",  # starts in 0.4 s instead of 1.3 s
            "--no-emit-warnings",
            "--python-shebang=/usr/bin/env python3",
        )
    return executable


def _run(program: Path, *arguments: str | Path, cwd: Path | None = None) -> None:
    result = subprocess.run(
        [program, *arguments],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        raise BuildError(f"{program.name} failed:\n{result.stdout}")


def main() -> None:
    """Build everything into the folder given as argument."""
    folder = Path(sys.argv[1]).resolve()
    folder.mkdir(exist_ok=True)
    try:
        for project in PACKAGES:
            _report(build_wheel(project, folder))
        for service in SERVICES:
            _report(build_executable(service, folder, folder))
    except BuildError as error:
        sys.exit(str(error))


def _report(file: Path) -> None:
    sys.stdout.write(f"{file.parent.name}/{file.name}  {file.stat().st_size / 1e6:.1f} MB\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
