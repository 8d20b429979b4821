"""A project in a folder that only its owner may enter, as a clone of root often is."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    project = Project(tmp_path)
    yield project
    project.close()
