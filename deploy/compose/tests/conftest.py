"""The system that the scenarios drive."""

from collections.abc import Iterator

import pytest
from system import System


@pytest.fixture
def system() -> Iterator[System]:
    system = System()
    yield system
    system.bring_back()
