from collections.abc import Sequence

import pytest
from tests.unit.setups import SETUPS

from calendar_helm.rendering import Manifest, render


@pytest.fixture(params=SETUPS, scope="session")
def manifests(request: pytest.FixtureRequest) -> Sequence[Manifest]:
    """The chart, rendered with each setup."""
    return render(SETUPS[request.param])


@pytest.fixture(scope="session")
def defaults() -> Sequence[Manifest]:
    return render(SETUPS["defaults"])


@pytest.fixture(scope="session")
def production() -> Sequence[Manifest]:
    return render(SETUPS["production"])
