"""Rules and dashboards use only metrics that the services export."""

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
"""Suffixes of sample names by metric type. A metric is exported before it has samples."""

RECORDINGS = recordings()
USED = metrics(
    *(alert.expression for alert in alerts()),
    *(recording.expression for recording in RECORDINGS),
    *(query.expression for query in queries()),
)
SERVICE_METRICS = USED - {recording.name for recording in RECORDINGS} - {"up", "ALERTS"}


def exported_by(url: str) -> Iterator[str]:
    response = requests.get(f"{url}/metrics", timeout=30)
    response.raise_for_status()
    for family in text_string_to_metric_families(response.text):
        for suffix in SAMPLES[family.type]:
            yield family.name + suffix


@pytest.fixture(scope="session")
def exported(service_urls: list[str]) -> frozenset[str]:
    return frozenset(name for url in service_urls for name in exported_by(url))


@pytest.mark.parametrize("name", sorted(SERVICE_METRICS))
def test_used_metric_is_exported(name: str, exported: frozenset[str]) -> None:
    assert name in exported
