"""What is run for each client: generate it, compile it strictly, make the journey with it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).parents[2]
DOCUMENTS: Final = {
    "calendar": "../../../services/api/src/calendar_api/web/static/openapi.json",
    "notifications": "../../../services/storer/src/calendar_storer/web/static/openapi.json",
}
"""The documents by the name of their clients, relative to the folder in which commands run."""


def _each(command: str) -> tuple[str, ...]:
    """Return the command for each document."""
    return tuple(
        command.format(client=client, document=document) for client, document in DOCUMENTS.items()
    )


_ALL: Final = " ".join(DOCUMENTS.values())
_PROPERTIES: Final = " ".join(_each("-D{client}={document}"))
_NPM_CI: Final = "npm ci --ignore-scripts --no-audit --no-fund"

RECIPES: Final[Mapping[str, tuple[str, ...]]] = {
    "lint": (
        _NPM_CI,
        f"npx redocly lint --extends recommended {_ALL}",
        f"npx spectral lint --fail-severity warn {_ALL}",
    ),
    "python": (
        *_each(
            "openapi-python-client generate --path {document} --config generator.yaml --meta none"
            " --output-path {client}_client --overwrite --fail-on-warning"
        ),
        "mypy --strict .",
        "python journey.py",
    ),
    "typescript": (
        _NPM_CI,
        *_each("npx openapi-typescript {document} --output {client}.ts"),
        "npx tsc",
        "node journey.ts",
    ),
    "go": (
        *_each(
            "go tool oapi-codegen -config oapi-codegen.yaml -package {client}"
            " -o {client}/client.go {document}"
        ),
        "go vet ./...",
        "go run .",
    ),
    "java": (f"mvn --quiet --batch-mode compile exec:java {_PROPERTIES}",),
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
        _run(command.split(), folder)


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
