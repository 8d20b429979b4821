"""Files contain no registry addresses and no local paths."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from calendar_checks.projects import ROOT

# Joined, so that this file does not contain them.
REGISTRIES = [
    ".".join(parts)
    for parts in [
        ("pypi", "org"),
        ("files", "pythonhosted", "org"),
        ("repo1", "maven", "org"),
        ("repo", "maven", "apache", "org"),
    ]
]
HOME_FOLDER = re.compile(r"/(?:home|Users)/[a-z]\w+/")


def occurrences(files: Sequence[Path], texts: Sequence[str]) -> list[str]:
    found = []
    for path in files:
        content = path.read_text(errors="replace")
        found += [f"{path}: {text}" for text in texts if text in content]
    return found


def test_no_file_contains_a_registry_address(files: Sequence[Path]) -> None:
    assert occurrences(files, REGISTRIES) == []


def test_no_file_contains_a_local_path(files: Sequence[Path]) -> None:
    assert occurrences(files, [f"{ROOT}/"]) == []
    assert [path for path in files if HOME_FOLDER.search(path.read_text(errors="replace"))] == []


@pytest.mark.parametrize("text", [*REGISTRIES, f"{ROOT}/"])
def test_occurrence_is_found(text: str, tmp_path: Path) -> None:
    document = tmp_path / "README.md"
    document.write_text(f"See {text}simple.")

    assert occurrences([document], [text]) == [f"{document}: {text}"]
