"""One database and one running API for the whole session; a user of its own for each test."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.client import User
from tests.integration.proxy import Faults, proxied
from tests.integration.service import Service, migrate, serving, wait_until
from tests.integration.sql import Sql, connected, new_database, with_password


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
def other(service: Service) -> Iterator[User]:
    """A second user with no events yet."""
    with User(service.url) as user:
        yield user


@pytest.fixture
def sql(dsn: str) -> Iterator[Sql]:
    """A look into the service's database."""
    with connected(dsn) as sql:
        yield sql


@pytest.fixture(scope="session")
def far_service(
    dsn: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Service, Faults]]:
    """An API whose database is behind a network that can fail."""
    with (
        proxied(with_password(dsn)) as (through, faults),
        serving(through, tmp_path_factory.mktemp("far"), CALENDAR_LOG__LEVEL="debug") as service,
    ):
        service.wait_until_ready()
        yield service, faults


@pytest.fixture
def faults(far_service: tuple[Service, Faults]) -> Iterator[Faults]:
    """What its network does; it does so no more after the test."""
    _, faults = far_service
    yield faults
    faults.silent = False
    faults.silent_from = faults.cut_after = None
    faults.delay = 0.0
    wait_until(lambda: far_service[0].answers("/readyz", 200), what="ready again")


@pytest.fixture
def far(far_service: tuple[Service, Faults]) -> Iterator[User]:
    """A user of that API with no events yet."""
    with User(far_service[0].url) as user:
        yield user
