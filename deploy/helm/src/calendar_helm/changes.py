"""Copies the newest version's changes from CHANGELOG.md to Chart.yaml, for Artifact Hub.

`python -m calendar_helm.changes` updates Chart.yaml.
"""

import json
import re
from typing import Final

from calendar_helm.rendering import CHART

ABOUT: Final = CHART / "Chart.yaml"
CHANGELOG: Final = CHART.parent / "CHANGELOG.md"
MARK: Final = "  artifacthub.io/changes: |\n"


def newest_changes(changelog: str) -> list[tuple[str, str]]:
    """Return the kind and the text of each change of the newest version."""
    newest = re.split(r"^## .+\n", changelog, flags=re.MULTILINE)[1]
    sections = re.split(r"^### (.+)\n", newest, flags=re.MULTILINE)[1:]
    return [
        # Artifact Hub shows plain text.
        (kind.lower(), re.sub(r"\s*\n\s*", " ", item).replace("`", ""))
        for kind, items in zip(sections[::2], sections[1::2], strict=True)
        for item in re.findall(r"^- (.+(?:\n  .+)*)", items, re.MULTILINE)
    ]


def rewritten(about: str, changelog: str) -> str:
    """Return Chart.yaml with the changes after the mark."""
    head, mark, _ = about.partition(MARK)
    entries = (
        f"    - kind: {kind}\n      description: {json.dumps(text, ensure_ascii=False)}\n"
        for kind, text in newest_changes(changelog)
    )
    return f"{head}{mark}{''.join(entries)}"


if __name__ == "__main__":
    ABOUT.write_text(rewritten(ABOUT.read_text(), CHANGELOG.read_text()))
