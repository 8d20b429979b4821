"""Rules and dashboards use no metric that no service exports."""

from collections.abc import Iterator

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from calendar_observability.dashboards import queries
from calendar_observability.expressions import metrics
from calendar_observability.rules import alerts, recordings

SAMPLES = {
    "counter": ["_total"],
    "gauge": [""],
    "histogram": ["_bucket", "_count", "_sum"],
    "summary": ["_count", "_sum"],
}
"""What a metric's samples are called, by its type. A metric is exported before it has any."""

RECORDINGS = recordings()
USED = metrics(
    *(alert.expression for alert in alerts()),
    *(recording.expression for recording in RECORDINGS),
    *(query.expression for query in queries()),
)
OF_THE_SERVICES = USED - {recording.name for recording in RECORDINGS} - {"up", "ALERTS"}


def exported_by(url: str) -> Iterator[str]:
    answer = requests.get(f"{url}/metrics", timeout=30)
    answer.raise_for_status()
    for family in text_string_to_metric_families(answer.text):
        for ending in SAMPLES[family.type]:
            yield family.name + ending


@pytest.fixture(scope="session")
def exported(service_urls: list[str]) -> frozenset[str]:
    return frozenset(name for url in service_urls for name in exported_by(url))


@pytest.mark.parametrize("name", sorted(OF_THE_SERVICES))
def test_a_metric_that_is_used_is_exported(name: str, exported: frozenset[str]) -> None:
    assert name in exported
