"""`python -m calendar_checks.dist FOLDER`: the four wheels and the three executable files.

The same sources and locks give the same files, byte for byte.
"""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from calendar_checks.platforms import MINORS, complete_platform
from calendar_checks.projects import PACKAGES, SERVICES, Project, parts

_TOOLS = Path(sys.executable).parent
# pex fetches it for itself; the newest one that a release of pex knows need not be to be had.
_PIP_VERSION = "26.1.2"


class BuildError(Exception):
    """A tool failed; the message is what it said."""


def build_wheel(project: Project, folder: Path) -> Path:
    """Build a project's wheel with the hatchling of our own lock, so that nothing is fetched.

    Raises:
        BuildError: hatchling failed.
    """
    _run(_TOOLS / "hatchling", "build", "-t", "wheel", "-d", folder, cwd=project.folder)
    return folder / f"{project.package}-{project.version}-py3-none-any.whl"


def build_executable(service: Project, wheels: Path, folder: Path) -> Path:
    """Build one file that runs where only Python 3.11 or newer is installed.

    It holds the locked wheels of each version of Python, for the platform of this machine, and
    unpacks itself into the user's cache when it runs first.

    Args:
        service: whose executable.
        wheels: where the wheels of the service and of the packages that it needs are.
        folder: where the file goes.

    Raises:
        BuildError: pex failed, for instance where there is no wheel for a version of Python.
    """
    ((name, entry_point),) = service.scripts.items()
    executable = folder / name
    with TemporaryDirectory() as temporary:
        ours = Path(temporary)
        for project in parts(service):
            # An unpacked wheel is a folder of sources with its metadata beside it: pip would want
            # a hash of the wheel itself, as it has one of all others.
            with ZipFile(wheels / f"{project.package}-{project.version}-py3-none-any.whl") as wheel:
                wheel.extractall(ours)
        _run(
            _TOOLS / "pex",
            *(f"--complete-platform={complete_platform(minor)}" for minor in MINORS),
            f"--requirement={service.folder / 'requirements.lock'}",
            f"--sources-directory={ours}",
            f"--entry-point={entry_point}",
            f"--output-file={executable}",
            "--no-build",
            f"--pip-version={_PIP_VERSION}",
            "--use-pip-config",  # a mirror, a certificate
            "--venv",  # 0.4 s for a start instead of 1.3 s, after the first
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
    """Build everything into the folder that is the only argument."""
    folder = Path(sys.argv[1]).resolve()
    folder.mkdir(exist_ok=True)
    try:
        for project in PACKAGES:
            _say(build_wheel(project, folder))
        for service in SERVICES:
            _say(build_executable(service, folder, folder))
    except BuildError as error:
        sys.exit(str(error))


def _say(file: Path) -> None:
    sys.stdout.write(f"{file.parent.name}/{file.name}  {file.stat().st_size / 1e6:.1f} MB\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
