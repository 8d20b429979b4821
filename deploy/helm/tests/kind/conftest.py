"""The release that `kind/acceptance` installs, and the step modules."""

import pytest
from tests.kind.cluster import Cluster

pytest_plugins = [
    "tests.kind.traffic_steps",
    "tests.kind.operator_steps",
    "tests.kind.second_release_steps",
    "tests.kind.webhook_steps",
]


@pytest.fixture
def cluster() -> Cluster:
    return Cluster(release="calendar", namespace="default")
