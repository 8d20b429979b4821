"""The fixtures of every scenario, and the list of the modules that hold the steps."""

from collections.abc import Iterator

import pytest
import requests

pytest.register_assert_rewrite("calendar_features")

from calendar_features.api import Api  # noqa: E402
from calendar_features.broker import Broker  # noqa: E402
from calendar_features.database import Database, connect  # noqa: E402
from calendar_features.diary import Diary  # noqa: E402
from calendar_features.environment import Environment  # noqa: E402
from calendar_features.people import People  # noqa: E402
from calendar_features.reminders import Notifications, Planner  # noqa: E402

pytest_plugins = [
    "calendar_features.report",
    "calendar_features.steps.answers",
    "calendar_features.steps.batches",
    "calendar_features.steps.conditions",
    "calendar_features.steps.events",
    "calendar_features.steps.lists",
    "calendar_features.steps.messages",
    "calendar_features.steps.notifications",
    "calendar_features.steps.operations",
    "calendar_features.steps.poison",
    "calendar_features.steps.raw_requests",
    "calendar_features.steps.reminders",
    "calendar_features.steps.retention",
    "calendar_features.steps.tables",
]


def pytest_sessionstart(session: pytest.Session) -> None:
    if not session.config.option.collectonly:
        Environment.read()


@pytest.fixture(scope="session")
def environment() -> Environment:
    return Environment.read()


@pytest.fixture(scope="session")
def http() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False  # a proxy is for the way out, not for the system under test
        yield session


@pytest.fixture
def people() -> People:
    return People()


@pytest.fixture
def api(environment: Environment, http: requests.Session, people: People) -> Api:
    return Api(environment.services["API"], session=http, people=people)


@pytest.fixture
def diary(api: Api) -> Diary:
    return Diary(api)


@pytest.fixture
def database(environment: Environment, people: People) -> Iterator[Database]:
    with connect(
        events_dsn=environment.database_dsn,
        notifications_dsn=environment.notifications_dsn,
        people=people,
    ) as database:
        yield database


@pytest.fixture
def planner(database: Database, diary: Diary) -> Planner:
    return Planner(database=database, diary=diary)


@pytest.fixture
def notifications(database: Database, diary: Diary, environment: Environment) -> Notifications:
    return Notifications(database=database, diary=diary, patience=environment.patience)


@pytest.fixture(scope="session")
def broker(environment: Environment) -> Broker:
    return Broker(
        environment.kafka_bootstrap_servers,
        topic=environment.kafka_topic,
        patience=environment.patience,
    )
