"""One database and one running API for the whole session; a user of its own for each test."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.client import User
from tests.integration.service import Service, migrate, serving
from tests.integration.sql import Sql, connected, new_database


@pytest.fixture(scope="session")
def server() -> str:
    """The DSN of a PostgreSQL where databases may be created."""
    dsn = os.environ.get("DATABASE_DSN")
    if not dsn:
        pytest.fail("DATABASE_DSN is not set: run `make test`, or `make stack` and set it")
    return dsn


@pytest.fixture(scope="session")
def dsn(server: str) -> Iterator[str]:
    """A database with the service's tables."""
    with new_database(server) as dsn:
        migrate(dsn)
        yield dsn


@pytest.fixture
def empty_database(server: str) -> Iterator[str]:
    """A database without tables, for one test."""
    with new_database(server) as dsn:
        yield dsn


@pytest.fixture(scope="session")
def service(dsn: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The running API."""
    with serving(dsn, tmp_path_factory.mktemp("api")) as service:
        service.wait_until_ready()
        yield service


@pytest.fixture
def own_service(dsn: str, tmp_path: Path) -> Iterator[Service]:
    """A running API for one test, which may end it."""
    with serving(dsn, tmp_path) as service:
        service.wait_until_ready()
        yield service


@pytest.fixture
def api(service: Service) -> Iterator[User]:
    """A user with no events yet."""
    with User(service.url) as user:
        yield user


@pytest.fixture
def sql(dsn: str) -> Iterator[Sql]:
    """A look into the service's database."""
    with connected(dsn) as sql:
        yield sql
