"""Requests are counted under the names and labels that dashboards use."""

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from starlette.types import Scope

from calendar_api.events import endpoints as routes
from calendar_api.listing import endpoints as list_routes
from calendar_api.observability import health
from calendar_api.observability.outages import Outages
from calendar_api.web.request_metrics import RequestMetrics

PROBES = health.routes(health.Readiness(Outages(), asyncio.Event()), CollectorRegistry())


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def metrics(registry: CollectorRegistry) -> RequestMetrics:
    return RequestMetrics(registry)


def scope(method: str, path: str) -> Scope:
    """A request that has not been routed."""
    app = FastAPI()
    for router in (list_routes.router, routes.router):
        app.router.routes += router.routes
    app.router.routes += PROBES
    headers = [(b"content-length", b"10")]
    return {
        "type": "http",
        "method": method,
        "path": path,
        "root_path": "",
        "headers": headers,
        "app": app,
    }


def observe(metrics: RequestMetrics, request: Scope) -> None:
    metrics.observe(request, status=200, headers=[(b"content-length", b"200")], seconds=0.003)


@pytest.mark.parametrize(
    ("method", "path", "handler"),
    [
        ("GET", "/v1/events/day", "/v1/events/day"),
        ("GET", "/v1/events/x", "/v1/events/{event_id}"),
        ("POST", "/v1/events/x", "/v1/events/{event_id}"),
        ("POST", "/v1/events/batch", "/v1/events/batch"),
        ("GET", "/v1/nowhere", "none"),
    ],
)
def test_request_is_counted_under_its_route(
    metrics: RequestMetrics, registry: CollectorRegistry, method: str, path: str, handler: str
) -> None:
    observe(metrics, scope(method, path))
    labels = {"method": method, "handler": handler}

    def value(name: str, **labels: Any) -> float | None:
        return registry.get_sample_value(name, labels)

    assert value("http_requests_total", status="200", **labels) == 1
    assert value("http_request_duration_seconds_bucket", le="0.0025", **labels) == 0
    assert value("http_request_duration_seconds_bucket", le="0.005", **labels) == 1
    assert value("http_request_duration_highr_seconds_bucket", le="0.005") == 1
    assert value("http_request_size_bytes_sum", handler=handler) == 10
    assert value("http_response_size_bytes_sum", handler=handler) == 200


def test_route_is_the_one_that_served_the_request(
    metrics: RequestMetrics, registry: CollectorRegistry
) -> None:
    (route,) = [route for route in PROBES if route.path == "/healthz"]
    observe(metrics, {**scope("GET", "/v1/events/day"), "route": route})
    assert registry.get_sample_value("http_request_duration_highr_seconds_count") == 0


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/docs", "/openapi.json"])
def test_operations_are_not_counted(
    metrics: RequestMetrics, registry: CollectorRegistry, path: str
) -> None:
    observe(metrics, scope("GET", path))
    assert registry.get_sample_value("http_request_duration_highr_seconds_count") == 0
