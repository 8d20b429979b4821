"""Each generator takes the API's document, and its client makes the journey."""

import pytest

from calendar_clients import recipes


@pytest.mark.parametrize("name", recipes.RECIPES)
def test_client(name: str) -> None:
    recipes.run(name)
