"""Steps that ask the services what an operator, or Prometheus, asks."""

from typing import Final

import psycopg.conninfo
import pytest
import requests
from pytest_bdd import parsers, then, when

from calendar_features.diary import Diary
from calendar_features.environment import Environment
from calendar_features.people import People

_SECONDS: Final = 30


@when(
    parsers.parse("an operator asks the {service:w} for {path:S}"),
    target_fixture="operators_answer",
)
def operator_asks(
    service: str, path: str, http: requests.Session, environment: Environment
) -> requests.Response:
    return http.get(environment.services[service] + path, timeout=_SECONDS)


@then(parsers.parse("the service answers {status:d}"))
def service_answers(status: int, operators_answer: requests.Response) -> None:
    assert operators_answer.status_code == status, operators_answer.text


@then(parsers.parse("there is the metric {name:S}"))
def there_is_metric(name: str, operators_answer: requests.Response) -> None:
    lines = operators_answer.text.splitlines()
    assert any(line.startswith((f"{name} ", f"{name}{{")) for line in lines)


@then(parsers.parse('the metrics name neither {who:w} nor the ID of "{title}"'))
def metrics_name_neither(
    who: str, title: str, operators_answer: requests.Response, diary: Diary, people: People
) -> None:
    assert "http_requests_total" in operators_answer.text
    assert people[who] not in operators_answer.text
    assert diary[title]["id"] not in operators_answer.text


@then("the database's password is not in the answer")
def password_is_secret(operators_answer: requests.Response, environment: Environment) -> None:
    password = psycopg.conninfo.conninfo_to_dict(environment.database_dsn).get("password")
    if not password:
        pytest.skip("the system under test has a database without a password")
    assert operators_answer.ok
    assert str(password) not in operators_answer.text
