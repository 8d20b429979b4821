"""The paths and their command line."""

from pathlib import Path as FilePath

import pytest

from calendar_benchmarks import cli, paths
from calendar_benchmarks.paths import NAMES, load_paths


def test_every_module_is_listed() -> None:
    [folder] = paths.__path__
    modules = {each.stem for each in FilePath(folder).glob("*.py")} - {"__init__"}

    assert modules == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_path_has_goals(name: str) -> None:
    path = load_paths([name])[name]

    assert path.goals
    for goal in path.goals:
        assert goal.limit > 0
        assert goal.figure not in goal.relative_to
        assert bool(goal.unit) != bool(goal.relative_to)


def test_paths_are_in_the_order_of_the_page() -> None:
    assert list(load_paths(["list", "create"])) == ["create", "list"]
    assert list(load_paths()) == list(NAMES)


def test_unknown_path_is_refused_with_the_known_ones(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["calendar_benchmarks", "run", "create", "creat"])

    with pytest.raises(SystemExit):
        cli.main()

    assert "there is no 'creat', only create, create_series" in capsys.readouterr().err
