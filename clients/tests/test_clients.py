"""Each generator takes both documents, and its clients make the journey."""

from pathlib import Path

import pytest

from calendar_clients import recipes


@pytest.mark.parametrize("name", recipes.RECIPES)
def test_client(name: str) -> None:
    recipes.run(name)


def test_error_says_how_to_install_a_missing_program(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(recipes.RecipeError, match="apt install maven"):
        recipes.run("java")
