"""Fixtures of all scenarios, and the modules with step definitions."""

from collections.abc import Iterator

import pytest
import requests

pytest.register_assert_rewrite("calendar_features")

from calendar_features.api import Api  # noqa: E402
from calendar_features.broker import Broker  # noqa: E402
from calendar_features.database import Database, connect  # noqa: E402
from calendar_features.environment import Environment  # noqa: E402
from calendar_features.events_client import EventsClient  # noqa: E402
from calendar_features.inbox import Inbox  # noqa: E402
from calendar_features.reminders import Notifications, Planner  # noqa: E402
from calendar_features.series import SeriesPlanner  # noqa: E402
from calendar_features.streams import Streams  # noqa: E402
from calendar_features.user_ids import UserIds  # noqa: E402
from calendar_features.webhooks import Endpoints  # noqa: E402

pytest_plugins = [
    "calendar_features.report",
    "calendar_features.steps.responses",
    "calendar_features.steps.batches",
    "calendar_features.steps.conditions",
    "calendar_features.steps.events",
    "calendar_features.steps.http",
    "calendar_features.steps.inbox",
    "calendar_features.steps.inbox_requests",
    "calendar_features.steps.lists",
    "calendar_features.steps.messages",
    "calendar_features.steps.notifications",
    "calendar_features.steps.occurrences",
    "calendar_features.steps.operations",
    "calendar_features.steps.poison",
    "calendar_features.steps.raw_requests",
    "calendar_features.steps.reminders",
    "calendar_features.steps.retention",
    "calendar_features.steps.series",
    "calendar_features.steps.series_reminders",
    "calendar_features.steps.stream_events",
    "calendar_features.steps.streams",
    "calendar_features.steps.tables",
    "calendar_features.steps.webhooks",
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
        session.trust_env = False  # no proxy for the system under test
        yield session


@pytest.fixture
def user_ids() -> UserIds:
    return UserIds()


@pytest.fixture
def api(environment: Environment, http: requests.Session, user_ids: UserIds) -> Api:
    return Api(environment.services, session=http, user_ids=user_ids)


@pytest.fixture
def client(api: Api) -> EventsClient:
    return EventsClient(api)


@pytest.fixture
def database(environment: Environment, user_ids: UserIds) -> Iterator[Database]:
    with connect(
        events_dsn=environment.database_dsn,
        notifications_dsn=environment.notifications_dsn,
        user_ids=user_ids,
    ) as database:
        yield database


@pytest.fixture
def planner(database: Database, client: EventsClient) -> Planner:
    return Planner(database=database, client=client)


@pytest.fixture
def series_planner(database: Database, client: EventsClient) -> SeriesPlanner:
    return SeriesPlanner(database=database, client=client)


@pytest.fixture
def notifications(
    database: Database, client: EventsClient, environment: Environment
) -> Notifications:
    return Notifications(database=database, client=client, timeout=environment.timeout)


@pytest.fixture(scope="session")
def broker(environment: Environment) -> Broker:
    return Broker(
        environment.kafka_bootstrap_servers,
        topic=environment.kafka_topic,
        timeout=environment.timeout,
    )


@pytest.fixture
def inbox(api: Api, broker: Broker, notifications: Notifications, user_ids: UserIds) -> Inbox:
    return Inbox(api=api, broker=broker, notifications=notifications, user_ids=user_ids)


@pytest.fixture
def streams(api: Api, environment: Environment) -> Iterator[Streams]:
    streams = Streams(api, timeout=environment.timeout)
    yield streams
    streams.close()


@pytest.fixture
def endpoints(environment: Environment, http: requests.Session, user_ids: UserIds) -> Endpoints:
    if environment.receiver_url is None:
        pytest.skip(
            "the system under test sends no webhooks to the scenarios: RECEIVER_URL is not set"
        )
    return Endpoints(
        environment.receiver_url, session=http, user_ids=user_ids, timeout=2 * environment.timeout
    )
