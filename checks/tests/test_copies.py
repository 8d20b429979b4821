"""Shared code is copied into each service; copies differ only in the package name.

Services do not import each other (test_independence).
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from calendar_checks.projects import ROOT, SERVICES

ALL = ("api", "scheduler", "storer")
WITH_KAFKA = ("scheduler", "storer")
WITH_TABLES = WITH_USERS = ("api", "storer")
WITH_LOOPS = ("api", "scheduler")

# Paths in each service's folder, with the services that have the file.
COPIES = {
    "src/{package}/drain.py": WITH_KAFKA,
    "src/{package}/lifecycle.py": ALL,
    "src/{package}/periodic.py": ALL,
    "src/{package}/observability/__init__.py": ALL,
    "src/{package}/observability/health.py": ALL,
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
    "src/{package}/database/time_limit.py": WITH_USERS,
    "src/{package}/web/static/start.js": WITH_USERS,
    **{
        f"src/{{package}}/web/{name}.py": WITH_USERS
        for name in (
            *("__init__", "application", "bodies", "compression", "connection_limits", "cors"),
            *("docs", "document", "entity_tags", "head", "headers", "media_types", "middleware"),
            *("open_files", "problem_responses", "problems", "request_metrics", "route", "server"),
            *("strict_json", "turns", "user", "uvicorn_internals", "values"),
        )
    },
    "tests/unit/test_health.py": ALL,
    "tests/unit/test_lifecycle.py": ALL,
    "tests/unit/test_logging.py": ALL,
    "tests/unit/test_outage_reports.py": ALL,
    "tests/unit/test_settings.py": ALL,
    "tests/unit/test_database_errors.py": ALL,
    "tests/integration/test_pool.py": ALL,
    "tests/unit/test_drain.py": WITH_KAFKA,
    "tests/unit/test_periodic.py": WITH_LOOPS,
    "tests/unit/test_kafka_settings.py": WITH_KAFKA,
}

# Modules of the same name and purpose in several services whose content is specific to each.
SPECIFIC = {
    "src/{package}/database/options.py",
    "src/{package}/kafka/producer.py",
    "src/{package}/observability/metrics.py",
    "src/{package}/retention/cleanup.py",
    "src/{package}/retention/statements.py",
    "src/{package}/web/handlers.py",
    "src/{package}/web/openapi.py",
    "src/{package}/web/responses.py",
}


def drifted(name: str, services: Sequence[str], *, root: Path = ROOT) -> list[str]:
    """Return the services whose copy is missing or differs from that of the first service."""

    def content(service: str) -> str | None:
        package = f"calendar_{service}"
        path = root / "services" / service / name.format(package=package)
        return path.read_text("utf-8").replace(package, "{package}") if path.is_file() else None

    first = content(services[0])
    return [each for each in services if content(each) is None or content(each) != first]


@pytest.mark.parametrize("name", COPIES)
def test_copies_are_identical(name: str) -> None:
    assert drifted(name, COPIES[name]) == []


def test_modules_of_the_same_path_are_copies() -> None:
    paths = Counter(
        f"src/{{package}}/{path.relative_to(each.source)}"
        for each in SERVICES
        for path in each.source.glob("*/*.py")
        if path.name != "__init__.py"
    )

    shared = {path for path, count in paths.items() if count > 1}

    assert shared - COPIES.keys() == SPECIFIC


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for service, text in (("api", "import calendar_api"), ("storer", "import calendar_storer")):
        folder = tmp_path / f"services/{service}/src/calendar_{service}"
        folder.mkdir(parents=True)
        (folder / "shared.py").write_text(text)
    return tmp_path


def test_only_the_package_name_may_differ(tree: Path) -> None:
    name = "src/{package}/shared.py"
    assert drifted(name, ["api", "storer"], root=tree) == []

    (tree / "services/storer/src/calendar_storer/shared.py").write_text("import calendar_api")
    assert drifted(name, ["api", "storer"], root=tree) == ["storer"]


def test_missing_copy_is_found(tree: Path) -> None:
    assert drifted("src/{package}/shared.py", ALL, root=tree) == ["scheduler"]
    assert drifted("src/{package}/none.py", ALL, root=tree) == [*ALL]
