"""Every expression has a result in a Prometheus that scrapes a running system."""

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import requests

from calendar_observability.dashboards import Query, queries
from calendar_observability.expressions import selectors
from calendar_observability.rules import Alert, Recording, alerts, recordings

TIMEOUT_SECONDS = 300.0
"""For one notification, two scrapes and an evaluation; shared by all tests."""

EMPTY_IN_A_HEALTHY_SYSTEM = {
    'http_requests_total{job="calendar-api",status=~"5.."}',
    'ALERTS{alertname=~"Calendar.+",alertstate="firing"}',
}


class Prometheus:
    """Queries Prometheus until there is a result or the common deadline has passed."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._deadline = time.monotonic() + TIMEOUT_SECONDS

    def count(self, expression: str) -> int:
        """Return the number of series of an expression."""
        response = requests.post(
            f"{self._url}/api/v1/query", data={"query": expression}, timeout=30
        )
        document = response.json()
        assert document["status"] == "success", f"{expression}: {document['error']}"
        return len(document["data"]["result"])

    def has_series(self, expression: str) -> bool:
        """Wait until the expression has a series; False if it never has."""
        return self._wait_for(lambda: self.count(expression) > 0)

    def rules(self) -> dict[str, str]:
        """Return the health of each loaded rule, after all have been evaluated."""
        self._wait_for(lambda: "unknown" not in self._rules().values())
        return self._rules()

    def _rules(self) -> dict[str, str]:
        document = requests.get(f"{self._url}/api/v1/rules", timeout=30).json()
        groups = document["data"]["groups"]
        return {rule["name"]: rule["health"] for group in groups for rule in group["rules"]}

    def _wait_for(self, condition: Callable[[], bool]) -> bool:
        while not condition():
            if time.monotonic() > self._deadline:
                return False
            time.sleep(0.5)
        return True


@pytest.fixture(scope="module")
def prometheus(prometheus_url: str, api_url: str, storer_url: str) -> Prometheus:
    """Prometheus after a few requests: a due reminder, lists, and a missing event."""
    headers = {"X-User-Id": f"watched-{uuid4()}"}
    now = datetime.now(UTC)
    event = {
        "title": "Tea",
        "starts_at": (now + timedelta(hours=1)).isoformat(),
        "duration": "PT30M",
        "notify_before": "PT1H",
    }
    events = f"{api_url}/v1/events"
    created = requests.post(events, json=event, headers=headers, timeout=30)
    listed = requests.get(
        f"{events}/day", params={"date": now.date().isoformat()}, headers=headers, timeout=30
    )
    missing = requests.get(f"{events}/{uuid4()}", headers=headers, timeout=30)
    notifications = requests.get(f"{storer_url}/v1/notifications", headers=headers, timeout=30)
    answers = (created, listed, missing, notifications)
    assert [each.status_code for each in answers] == [201, 200, 404, 200]
    return Prometheus(prometheus_url)


def without_series(prometheus: Prometheus, expressions: Iterable[str]) -> list[str]:
    return [each for each in sorted(expressions) if not prometheus.has_series(each)]


@pytest.mark.parametrize("job", ["calendar-api", "calendar-scheduler", "calendar-storer"])
def test_every_service_is_scraped(job: str, prometheus: Prometheus) -> None:
    assert prometheus.has_series(f'up{{job="{job}"}} == 1')


@pytest.mark.parametrize("recording", recordings(), ids=lambda each: each.name)
def test_recording_has_a_value(recording: Recording, prometheus: Prometheus) -> None:
    assert prometheus.has_series(recording.expression)
    assert prometheus.has_series(recording.name)


@pytest.mark.parametrize("alert", alerts(), ids=lambda each: each.name)
def test_alert_selectors_have_series(alert: Alert, prometheus: Prometheus) -> None:
    """The alert itself may fire or not."""
    prometheus.count(alert.expression)
    assert without_series(prometheus, selectors(alert.expression)) == []


@pytest.mark.parametrize("query", queries(), ids=lambda each: each.panel)
def test_panel_has_data(query: Query, prometheus: Prometheus) -> None:
    if selectors(query.expression) & EMPTY_IN_A_HEALTHY_SYSTEM:
        prometheus.count(query.expression)
    else:
        assert prometheus.has_series(query.expression)
        assert without_series(prometheus, selectors(query.expression)) == []


def test_exceptions_are_used() -> None:
    used = selectors(
        *(recording.expression for recording in recordings()),
        *(query.expression for query in queries()),
    )

    assert EMPTY_IN_A_HEALTHY_SYSTEM - used == set()


def test_rules_are_loaded_and_healthy(prometheus: Prometheus) -> None:
    expected = {recording.name for recording in recordings()} | {alert.name for alert in alerts()}

    loaded = prometheus.rules()

    assert expected - loaded.keys() == set()
    assert {name: loaded[name] for name in expected if loaded[name] != "ok"} == {}
