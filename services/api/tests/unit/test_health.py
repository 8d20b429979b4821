"""`/healthz`, `/readyz` and `/metrics`, over probes that pass, fail, hang or break."""

import asyncio
import json
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, Gauge
from starlette.applications import Starlette
from structlog.testing import capture_logs

from calendar_api.errors import DatabaseUnavailable
from calendar_api.observability import health
from calendar_api.observability.health import Readiness
from calendar_api.observability.outages import Outages


async def passes() -> None:
    """Returns."""


async def fails() -> None:
    raise DatabaseUnavailable("refused")


async def hangs() -> None:
    await asyncio.Event().wait()


@pytest.fixture
def stop() -> asyncio.Event:
    return asyncio.Event()


@pytest.fixture
def readiness(stop: asyncio.Event) -> Readiness:
    return Readiness(Outages(), stop)


async def request(readiness: Readiness, path: str, method: str = "GET") -> tuple[int, str]:
    registry = CollectorRegistry()
    Gauge("answer", "An answer.", registry=registry).set(42)
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        sent.append(message)

    app = Starlette(routes=health.routes(readiness, registry))
    scope = {"type": "http", "method": method, "path": path, "headers": [], "query_string": b""}
    await app(scope, receive, send)
    return sent[0]["status"], b"".join(each.get("body", b"") for each in sent[1:]).decode()


async def test_healthz_touches_nothing(readiness: Readiness) -> None:
    readiness.add("database", hangs)

    assert await request(readiness, "/healthz") == (200, '{"status":"alive"}')


async def test_metrics_are_those_of_the_registry(readiness: Readiness) -> None:
    status, text = await request(readiness, "/metrics")

    assert status == 200
    assert "answer 42.0" in text


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
async def test_head_is_answered(readiness: Readiness, path: str) -> None:
    assert (await request(readiness, path, "HEAD"))[0] == 200
    assert (await request(readiness, path, "POST"))[0] == 405


async def test_ready_where_all_probes_pass(readiness: Readiness) -> None:
    readiness.add("database", passes)
    readiness.add("broker", passes)

    status, body = await request(readiness, "/readyz")
    assert (status, json.loads(body)) == (
        200,
        {"status": "ready", "database": "ok", "broker": "ok"},
    )


async def test_reason_is_named_where_a_probe_fails(readiness: Readiness) -> None:
    readiness.add("database", fails)
    readiness.add("broker", passes)

    status, body = await request(readiness, "/readyz")
    assert (status, json.loads(body)) == (
        503,
        {"status": "not ready", "database": "refused", "broker": "ok"},
    )


async def test_probe_that_hangs_has_no_answer(
    readiness: Readiness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "PROBE_SECONDS", 0.01)
    readiness.add("database", hangs, reports=DatabaseUnavailable)

    with capture_logs() as lines:
        assert await readiness.check() == {"database": "no answer"}
    assert [(line["event"], line["reason"]) for line in lines] == [
        ("dependency_unavailable", "no answer")
    ]


async def test_not_ready_while_stopping(readiness: Readiness, stop: asyncio.Event) -> None:
    readiness.add("database", passes)
    stop.set()

    status, body = await request(readiness, "/readyz")
    assert (status, json.loads(body)) == (503, {"status": "stopping", "database": "ok"})


async def test_only_probes_that_report_log_outages(readiness: Readiness) -> None:
    failing = [fails]

    async def check() -> None:
        await failing[0]()

    readiness.add("database", check, reports=DatabaseUnavailable)
    readiness.add("other", fails)
    with capture_logs() as lines:
        await readiness.check()
        await readiness.check()
        failing[0] = passes
        await readiness.check()

    assert [line["event"] for line in lines] == ["dependency_unavailable", "dependency_available"]


async def test_watch_goes_on_after_a_bug_until_the_service_stops(
    readiness: Readiness, stop: asyncio.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "WATCH_SECONDS", 0.001)
    calls = 0

    async def breaks() -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            stop.set()
        raise ZeroDivisionError

    readiness.add("database", breaks)
    with capture_logs() as lines:
        async with asyncio.timeout(10):
            await readiness.watch()

    assert [line["event"] for line in lines] == ["readiness_check_failed"] * 3
