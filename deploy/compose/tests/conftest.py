"""The system under test."""

from collections.abc import Iterator

import pytest
from system import System


@pytest.fixture
def system() -> Iterator[System]:
    system = System()
    yield system
    system.restore()
