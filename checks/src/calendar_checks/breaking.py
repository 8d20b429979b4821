"""Compares the OpenAPI documents of API and Storer with those of their last releases.

Exit code 1 if a change breaks clients and the major version is the same.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from calendar_checks.projects import ROOT

DOCUMENTS: Final = {
    name: ROOT / f"services/{name}/src/calendar_{name}/web/static/openapi.json"
    for name in ("api", "storer")
}
RELEASED: Final = ROOT / "services"
"""The documents of releases: `api/openapi/1.0.json`, … (that of the API's 1.0 in the form of 1.1:
docs/adr/0016)."""

OASDIFF: Final = ROOT / "checks/oasdiff"
"""A Go module that pins oasdiff. `go tool` builds it once and keeps it in Go's cache."""

GO: Final = Path(sys.executable).with_name("go")


def breaking_changes(base: Path, document: Path) -> str:
    """Describe how a document breaks clients of its base; empty if it does not.

    A removed parameter breaks them, too: unknown parameters are errors.
    """
    if _major(document) > _major(base):
        return ""
    options = ("--fail-on", "WARN", "--format", "singleline", "--color", "never")
    result = subprocess.run(
        (GO, "tool", "oasdiff", "breaking", *options, base, document),
        cwd=OASDIFF,
        # The compiler is the one of this environment.
        env={**os.environ, "GOTOOLCHAIN": "local"},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if result.returncode not in {0, 1}:
        raise RuntimeError(f"oasdiff ended with code {result.returncode}")
    return result.stdout if result.returncode else ""


def last_release(service: str) -> Path:
    """Return the document of the newest release."""
    released = (RELEASED / service / "openapi").glob("*.json")
    return max(released, key=lambda path: [int(n) for n in path.stem.split(".")])


def _major(document: Path) -> int:
    version: str = json.loads(document.read_text())["info"]["version"]
    return int(version.partition(".")[0])


def main() -> int:
    """Compare, and report on STDERR."""
    code = 0
    for service, document in DOCUMENTS.items():
        base = last_release(service)
        if changes := breaking_changes(base, document):
            code = 1
            sys.stderr.write(
                f"{document.relative_to(ROOT)} breaks clients of {base.stem}:\n{changes}\n"
                "Keep what they use, or raise the major version and serve it at a new path.\n"
            )
    return code


if __name__ == "__main__":
    sys.exit(main())
