"""Clients that are slow shut out no others, however many they are."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from tests.integration.service import Service, serving, wait_until
from tests.integration.slow_clients import allow_open_files, resident_mib, slow_clients

MAX_RESIDENT_MIB = 256
REQUESTS = 200
DEADLINE_SECONDS = 10

HEADERS = b"POST /v1/events HTTP/1.1\r\nHost: calendar\r\n"
BODY = HEADERS + b"Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n{"
SLOW = {
    "silent": (b"", b""),
    "a header a second": (HEADERS, b"X: y\r\n"),
    "a byte of a body a second": (BODY, b" "),
}


def latencies(service: Service, count: int) -> list[float]:
    """Seconds that each of this many requests took, each on a connection of its own."""
    return [latency(service) for _ in range(count)]


def latency(service: Service) -> float:
    began = time.monotonic()
    response = requests.get(
        service.url + "/v1/events/day",
        {"date": "2026-11-23"},
        headers={"X-User-Id": "alice"},
        timeout=DEADLINE_SECONDS,
    )
    assert response.status_code == 200, response.text
    return time.monotonic() - began


@pytest.mark.parametrize("count", [1000, 5000])
@pytest.mark.parametrize("kind", SLOW)
def test_others_are_served(
    own_service: Service, kind: str, count: int, record_property: Callable[[str, object], None]
) -> None:
    allow_open_files(count + 1000)
    first, again = SLOW[kind]
    with slow_clients(own_service.port, count, first=first, again=again):
        taken = latencies(own_service, REQUESTS)
        resident = resident_mib(own_service.process.pid)
    record_property("slowest_ms", round(max(taken) * 1000))
    record_property("resident_mib", round(resident))
    assert resident < MAX_RESIDENT_MIB
    own_service.terminate()
    assert "Traceback" not in own_service.log_text()


def test_few_open_files_are_said_in_words_and_are_enough(dsn: str, tmp_path: Path) -> None:
    with serving(dsn, tmp_path, max_open_files=150) as service:
        service.wait_until_ready()
        with slow_clients(service.port, 1000, first=HEADERS, again=b"X: y\r\n"):
            latencies(service, REQUESTS)
        [line] = service.log_lines("few_open_files")
        assert "The process may open 150 files" in line["reason"]
        assert "it keeps 76" in line["reason"]
        [first, *_] = wait_until(lambda: service.log_lines("connections_closed"))
        assert first["count"] > 0
        service.terminate()
        assert "Traceback" not in service.log_text()
        assert "Too many open files" not in service.log_text()
