"""What is run for each client: generate it, compile it strictly, make the journey with it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).parents[2]
SERVICES: Final = PROJECT.parent / "services"
DOCUMENTS: Final = {
    name: SERVICES / name / f"src/calendar_{name}/web/static/openapi.json"
    for name in ("api", "storer")
}

_PYTHON_CLIENT: Final = (
    "openapi-python-client generate --path {api} --config generator.yaml --meta none"
    " --output-path calendar_client --overwrite --fail-on-warning"
)
_NPM_CI: Final = "npm ci --ignore-scripts --no-audit --no-fund"

RECIPES: Final[Mapping[str, tuple[str, ...]]] = {
    "lint": (
        _NPM_CI,
        "npx redocly lint --extends recommended {api} {storer}",
        "npx spectral lint --fail-severity warn {api} {storer}",
    ),
    "python": (
        _PYTHON_CLIENT,
        "mypy --strict .",
        "python journey.py",
    ),
    "typescript": (
        _NPM_CI,
        "npx openapi-typescript {api} --output calendar.ts",
        "npx tsc",
        "node journey.ts",
    ),
    "go": (
        "go tool oapi-codegen -config oapi-codegen.yaml {api}",
        "go vet ./...",
        "go run .",
    ),
    "java": ("mvn --quiet --batch-mode compile exec:java -Ddocument={api}",),
}
"""The commands by the name of their folder. They run in a copy of it."""

_MISSING: Final = {
    "mvn": "Java's client needs Maven and a JDK of at least version 17"
    " (Debian: apt install maven default-jdk-headless).",
}


class RecipeError(Exception):
    """A command failed; the message ends with its output."""


def run(name: str) -> None:
    """Run the commands of a recipe.

    Raises:
        RecipeError: one of them failed, or is not installed.
    """
    folder = PROJECT / "build" / name
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(PROJECT / name, folder)
    for command in RECIPES[name]:
        _run([part.format(**DOCUMENTS) for part in command.split()], folder)


def _run(command: list[str], folder: Path) -> None:
    # Go, Node.js and Python's tools are those of this environment.
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "GOTOOLCHAIN": "local",
        "REDOCLY_TELEMETRY": "off",
        "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true",
    }
    program = shutil.which(command[0], path=environment["PATH"])
    if not program:
        raise RecipeError(_MISSING.get(command[0], f"{command[0]} is not installed."))
    result = subprocess.run(  # noqa: S603
        [program, *command[1:]],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if result.returncode:
        raise RecipeError(f"{' '.join(command)}\n{result.stdout}")
