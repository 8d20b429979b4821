"""A file of this tree is as good on another machine: behind a mirror, in another folder."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from calendar_checks.projects import ROOT

# Put together here, so that this file does not name them either.
REGISTRIES = [
    ".".join(parts)
    for parts in [
        ("pypi", "org"),
        ("files", "pythonhosted", "org"),
        ("repo1", "maven", "org"),
        ("repo", "maven", "apache", "org"),
    ]
]
A_HOME = re.compile(r"/(?:home|Users)/[a-z]\w+/")


def naming(files: Sequence[Path], texts: Sequence[str]) -> list[str]:
    found = []
    for path in files:
        content = path.read_text(errors="replace")
        found += [f"{path}: {text}" for text in texts if text in content]
    return found


def test_no_file_names_a_registry(files: Sequence[Path]) -> None:
    assert naming(files, REGISTRIES) == []


def test_no_file_names_a_folder_of_a_machine(files: Sequence[Path]) -> None:
    assert naming(files, [f"{ROOT}/"]) == []
    assert [path for path in files if A_HOME.search(path.read_text(errors="replace"))] == []


@pytest.mark.parametrize("text", [*REGISTRIES, f"{ROOT}/"])
def test_a_file_that_names_one_is_found(text: str, tmp_path: Path) -> None:
    doctored = tmp_path / "README.md"
    doctored.write_text(f"See {text}simple.")

    assert naming([doctored], [text]) == [f"{doctored}: {text}"]
