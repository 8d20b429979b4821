"""What several services need in the same form is one file, copied, and the copies are identical.

A service imports nothing of another (test_independence), so shared code is copied. Only the name of
the package differs.
"""

from collections.abc import Sequence
from pathlib import Path

import pytest

from calendar_checks.projects import ROOT

ALL = ("api", "scheduler", "storer")
WITH_KAFKA = ("scheduler", "storer")
WITH_TABLES = ("api", "storer")

# In each service's folder. To add a file: put its name here, with the services that have it.
COPIES = {
    "src/{package}/lifecycle.py": ALL,
    "src/{package}/observability/__init__.py": ALL,
    "src/{package}/observability/health.py": ALL,
    "src/{package}/observability/health_server.py": WITH_KAFKA,
    "src/{package}/observability/logging.py": ALL,
    "src/{package}/observability/outages.py": ALL,
    "src/{package}/settings/__init__.py": ALL,
    "src/{package}/settings/loading.py": ALL,
    "src/{package}/settings/types.py": ALL,
    "src/{package}/settings/kafka.py": WITH_KAFKA,
    "src/{package}/kafka/connection.py": WITH_KAFKA,
    "src/{package}/database/errors.py": ALL,
    "src/{package}/database/pool.py": ALL,
    "src/{package}/database/migrations.py": WITH_TABLES,
    "tests/unit/test_health.py": ALL,
    "tests/unit/test_lifecycle.py": ALL,
    "tests/unit/test_logging.py": ALL,
    "tests/unit/test_outage_reports.py": ALL,
    "tests/unit/test_settings.py": ALL,
    "tests/unit/test_database_errors.py": ALL,
    "tests/integration/test_pool.py": ALL,
    "tests/unit/test_kafka_settings.py": WITH_KAFKA,
}


def drifted(name: str, services: Sequence[str], *, root: Path = ROOT) -> list[str]:
    """The services whose copy is missing, or not that of the first service."""

    def content(service: str) -> str | None:
        package = f"calendar_{service}"
        path = root / "services" / service / name.format(package=package)
        return path.read_text("utf-8").replace(package, "{package}") if path.is_file() else None

    first = content(services[0])
    return [each for each in services if content(each) is None or content(each) != first]


@pytest.mark.parametrize("name", COPIES)
def test_copies_are_identical(name: str) -> None:
    assert drifted(name, COPIES[name]) == []


@pytest.fixture
def write(tmp_path: Path) -> Path:
    for service, text in (("api", "import calendar_api"), ("storer", "import calendar_storer")):
        folder = tmp_path / f"services/{service}/src/calendar_{service}"
        folder.mkdir(parents=True)
        (folder / "shared.py").write_text(text)
    return tmp_path


def test_only_the_name_of_the_package_may_differ(write: Path) -> None:
    name = "src/{package}/shared.py"
    assert drifted(name, ["api", "storer"], root=write) == []

    (write / "services/storer/src/calendar_storer/shared.py").write_text("import calendar_api")
    assert drifted(name, ["api", "storer"], root=write) == ["storer"]


def test_missing_copy_is_found(write: Path) -> None:
    assert drifted("src/{package}/shared.py", ALL, root=write) == ["scheduler"]
    assert drifted("src/{package}/none.py", ALL, root=write) == [*ALL]
