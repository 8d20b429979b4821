"""Compares the API's OpenAPI document with that of the last release.

Exit code 1 if the change breaks clients and the major version is the same.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from calendar_checks.projects import ROOT

DOCUMENT: Final = ROOT / "services/api/src/calendar_api/web/static/openapi.json"
RELEASED: Final = ROOT / "services/api/openapi"
"""The documents of releases: `1.0.json`, … (that of 1.0 in the form of 1.1: docs/adr/0016)."""

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


def last_release() -> Path:
    """Return the document of the newest release."""
    return max(RELEASED.glob("*.json"), key=lambda path: [int(n) for n in path.stem.split(".")])


def _major(document: Path) -> int:
    version: str = json.loads(document.read_text())["info"]["version"]
    return int(version.partition(".")[0])


def main() -> int:
    """Compare, and report on STDERR."""
    base = last_release()
    changes = breaking_changes(base, DOCUMENT)
    if changes:
        sys.stderr.write(
            f"{DOCUMENT.relative_to(ROOT)} breaks clients of {base.stem}:\n{changes}\n"
            "Keep what they use, or raise the major version and serve it at a new path.\n"
        )
    return 1 if changes else 0


if __name__ == "__main__":
    sys.exit(main())
