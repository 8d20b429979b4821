"""Requests are counted under the names and labels that dashboards know."""

from typing import Any

import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from starlette.types import Scope

from calendar_api import health, list_routes, metrics, routes

COUNTED = {"status": 200, "seconds": 0.003, "bytes_in": "10", "bytes_out": "200"}


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def requests(registry: CollectorRegistry) -> metrics.Requests:
    app = FastAPI()
    for router in (list_routes.router, routes.router, health.router):
        app.router.routes += router.routes
    return metrics.Requests(app.routes, registry)


def scope(method: str, path: str) -> Scope:
    """A request that has not been routed."""
    return {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}


@pytest.mark.parametrize(
    ("method", "path", "handler"),
    [
        ("GET", "/v1/events/day", "/v1/events/day"),
        ("GET", "/v1/events/x", "/v1/events/{event_id}"),
        ("POST", "/v1/events/x", "/v1/events/{event_id}"),
        ("DELETE", "/v1/events/batch", "/v1/events/batch"),
        ("GET", "/v1/nowhere", "none"),
    ],
)
def test_a_request_is_counted_under_its_route(
    requests: metrics.Requests,
    registry: CollectorRegistry,
    method: str,
    path: str,
    handler: str,
) -> None:
    requests.count(scope(method, path), **COUNTED)  # type: ignore[arg-type] # of several types
    labels = {"method": method, "handler": handler}

    def value(name: str, **labels: Any) -> float | None:
        return registry.get_sample_value(name, labels)

    assert value("http_requests_total", status="200", **labels) == 1
    assert value("http_request_duration_seconds_bucket", le="0.0025", **labels) == 0
    assert value("http_request_duration_seconds_bucket", le="0.005", **labels) == 1
    assert value("http_request_duration_highr_seconds_bucket", le="0.005") == 1
    assert value("http_request_size_bytes_sum", handler=handler) == 10
    assert value("http_response_size_bytes_sum", handler=handler) == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/docs", "/openapi.json"])
def test_what_operators_ask_for_is_not_counted(
    requests: metrics.Requests, registry: CollectorRegistry, path: str
) -> None:
    requests.count(scope("GET", path), **COUNTED)  # type: ignore[arg-type] # of several types
    assert registry.get_sample_value("http_request_duration_highr_seconds_count") == 0
