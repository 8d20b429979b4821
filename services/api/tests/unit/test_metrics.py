"""Requests are counted under the names and labels that dashboards know."""

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_fastapi_instrumentator import metrics as instrumentator
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from calendar_api.events import endpoints as routes
from calendar_api.listing import endpoints as list_routes
from calendar_api.observability import health, metrics
from calendar_api.observability.outages import Outages

COUNTED = {"status": 200, "seconds": 0.003, "bytes_in": 10, "bytes_out": 200}


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def requests(registry: CollectorRegistry) -> metrics.Requests:
    app = FastAPI()
    for router in (list_routes.router, routes.router):
        app.router.routes += router.routes
    app.router.routes += health.routes(health.Readiness(Outages(), asyncio.Event()), registry)
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


def without_times(registry: CollectorRegistry) -> list[str]:
    """What Prometheus reads, but for when each series was made."""
    lines = generate_latest(registry).decode().splitlines()
    return [line.split()[0] if "_created" in line.split("{")[0] else line for line in lines]


def test_all_is_told_as_the_instrumentator_would_tell_it(
    requests: metrics.Requests, registry: CollectorRegistry
) -> None:
    theirs = CollectorRegistry()
    observe = instrumentator.default(
        latency_lowr_buckets=metrics.LATENCY_BUCKETS,
        latency_highr_buckets=metrics.LATENCY_BUCKETS,
        registry=theirs,
    )
    assert observe is not None
    for method, path, handler, status, seconds, bytes_in, bytes_out in [
        ("GET", "/v1/events/day", "/v1/events/day", 200, 0.003, 0, 5),
        ("GET", "/v1/events/day", "/v1/events/day", 200, 7.0, 0, 7),
        ("GET", "/v1/events/day", "/v1/events/day", 422, 0.001, 0, 9),
        ("POST", "/v1/events", "/v1/events", 201, 0.02, 120, 300),
        ("PUT", "/v1/nowhere", "none", 404, 0.0, 3, 4),
    ]:
        requests.count(
            scope(method, path),
            status=status,
            seconds=seconds,
            bytes_in=bytes_in,
            bytes_out=bytes_out,
        )
        headers = [(b"content-length", str(bytes_in).encode())]
        observe(
            instrumentator.Info(
                request=Request({**scope(method, path), "headers": headers}),
                response=Response(headers={"Content-Length": str(bytes_out)}),
                method=method,
                modified_handler=handler,
                modified_status=str(status),
                modified_duration=seconds,
                modified_duration_without_streaming=seconds,
            )
        )
    assert without_times(registry) == without_times(theirs)
