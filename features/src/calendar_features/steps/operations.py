"""Steps that call the health and metrics endpoints."""

from typing import Final

import psycopg.conninfo
import pytest
import requests
from pytest_bdd import parsers, then, when

from calendar_features.environment import Environment
from calendar_features.events_client import EventsClient
from calendar_features.inbox import Inbox
from calendar_features.user_ids import UserIds

_TIMEOUT: Final = 30


@when(
    parsers.parse("an operator requests {path:S} from the {service:w}"),
    target_fixture="operator_response",
)
def operator_requests(
    service: str, path: str, http: requests.Session, environment: Environment
) -> requests.Response:
    return http.get(environment.services[service] + path, timeout=_TIMEOUT)


@then(parsers.parse("the service responds with {status:d}"))
def service_responds(status: int, operator_response: requests.Response) -> None:
    assert operator_response.status_code == status, operator_response.text


@then(parsers.parse("the metric {name:S} is exported"))
def metric_is_exported(name: str, operator_response: requests.Response) -> None:
    lines = operator_response.text.splitlines()
    assert any(line.startswith((f"{name} ", f"{name}{{")) for line in lines)


@then(
    parsers.parse(
        "the metric calendar_storer_webhook_{name:S} is exported for the {endpoint:w} endpoint"
    )
)
def webhook_metric_is_exported(
    name: str, endpoint: str, operator_response: requests.Response
) -> None:
    lines = operator_response.text.splitlines()
    found = [line for line in lines if line.startswith(f"calendar_storer_webhook_{name}{{")]
    assert any(f'endpoint="{endpoint}"' in line for line in found), found


@then(parsers.parse('the metrics name neither {user:w} nor the ID of "{title}"'))
def metrics_name_no_event(
    user: str,
    title: str,
    operator_response: requests.Response,
    client: EventsClient,
    user_ids: UserIds,
) -> None:
    _check_names(operator_response, user_ids[user], client[title]["id"])


@then(parsers.parse('the metrics name neither {user:w} nor the ID of the notification "{title}"'))
def metrics_name_no_notification(
    user: str, title: str, operator_response: requests.Response, inbox: Inbox, user_ids: UserIds
) -> None:
    _check_names(operator_response, user_ids[user], inbox[title]["notification_id"])


def _check_names(operator_response: requests.Response, *absent: str) -> None:
    assert "http_requests_total" in operator_response.text
    assert not [each for each in absent if each in operator_response.text]


@then("the response does not contain the database password")
def password_is_secret(operator_response: requests.Response, environment: Environment) -> None:
    password = psycopg.conninfo.conninfo_to_dict(environment.database_dsn).get("password")
    if not password:
        pytest.skip("the system under test has a database without a password")
    assert operator_response.ok
    assert str(password) not in operator_response.text
