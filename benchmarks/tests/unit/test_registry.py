"""Every path is registered, and what it claims can be looked up."""

from pathlib import Path as FilePath

import pytest

from calendar_benchmarks import paths as modules
from calendar_benchmarks.registry import NAMES, UnknownPathError, paths


def test_every_module_is_registered() -> None:
    [folder] = modules.__path__
    found = {each.stem for each in FilePath(folder).glob("*.py")} - {"__init__"}

    assert found == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_path_says_what_it_claims(name: str) -> None:
    path = paths([name])[name]

    assert path.title
    assert path.claims
    assert path.rounds >= 1
    for claim in path.claims:
        assert claim.goal > 0
        assert claim.figure not in claim.ceilings


def test_paths_come_in_the_order_of_the_page() -> None:
    assert list(paths(["list", "create"])) == ["create", "list"]


def test_all_paths_are_meant_where_none_is_named() -> None:
    assert list(paths()) == list(NAMES)


def test_an_unknown_path_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(UnknownPathError, match=r"unknown: creat; known: create, batch"):
        paths(["create", "creat"])
