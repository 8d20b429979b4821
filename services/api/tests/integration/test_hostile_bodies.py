"""No request body keeps the process busy for others, or makes it grow."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from tests.hostile import HOSTILE_BATCHES, HOSTILE_EVENTS, largest_valid_batch
from tests.integration.client import User
from tests.integration.service import Service, serving

MAX_MEMORY = 256 * 1024
"""KiB."""

DEADLINE = 5.0
"""Seconds; generous, because the machine may be busy with other tests."""

SHAPES = [("/v1/events/batch", name, make) for name, make in HOSTILE_BATCHES.items()] + [
    ("/v1/events", name, make) for name, make in HOSTILE_EVENTS.items()
]


@pytest.fixture(scope="module")
def attacked(dsn: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A running API that nothing else has made grow."""
    with serving(dsn, tmp_path_factory.mktemp("attacked")) as service:
        service.wait_until_ready()
        yield service


@contextmanager
def others_are_served(service: Service) -> Iterator[None]:
    """Other clients ask all the time until the block ends; each gets its answer in time."""
    is_over = threading.Event()

    def ask(path: str) -> int:
        count = 0
        with User(service.url) as user:
            while not is_over.is_set() or not count:
                response = user.get(path)
                assert response.status_code == 200
                assert response.elapsed.total_seconds() < DEADLINE
                count += 1
        return count

    with ThreadPoolExecutor() as threads:
        asking = [threads.submit(ask, p) for p in ("/healthz", "/v1/events/day?date=2026-11-23")]
        try:
            yield
        finally:
            is_over.set()
        assert all(each.result() for each in asking)


def send(service: Service, path: str, body: bytes, *, times: int = 1) -> list[requests.Response]:
    """The answers to the same request, sent several times at once."""
    headers = {"Content-Type": "application/json"}

    def post(_: int) -> requests.Response:
        with User(service.url) as user:
            return user.post(path, data=body, headers=headers)

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(post, range(times)))


def memory(service: Service) -> dict[str, int]:
    """KiB that the process has, and the most that it ever had."""
    lines = Path(f"/proc/{service.process.pid}/status").read_text(encoding="ascii").splitlines()
    members = dict(line.split(":", 1) for line in lines)
    return {name: int(members[name].split()[0]) for name in ("VmRSS", "VmHWM")}


def assert_refused(response: requests.Response) -> Any:
    assert response.status_code == 422, response.text
    problem = response.json()
    assert 1 <= len(problem["errors"]) <= 100
    return problem


@pytest.mark.parametrize(
    ("path", "make"), [pytest.param(path, make, id=f"{path}-{name}") for path, name, make in SHAPES]
)
def test_a_hostile_body_is_refused_while_others_are_served(
    attacked: Service, path: str, make: Callable[[], bytes]
) -> None:
    body = make()
    with others_are_served(attacked):
        for response in send(attacked, path, body, times=2):
            assert_refused(response)
    assert max(memory(attacked).values()) < MAX_MEMORY


def test_a_crowd_of_hostile_bodies_is_bounded_in_memory(attacked: Service) -> None:
    batch, event = HOSTILE_BATCHES["unknown members"](), HOSTILE_EVENTS["empty objects"]()
    with others_are_served(attacked):
        responses = send(attacked, "/v1/events/batch", batch, times=6)
        responses += send(attacked, "/v1/events", event, times=40)
    for response in responses:
        if response.status_code != 503:
            assert_refused(response)
    assert max(memory(attacked).values()) < MAX_MEMORY


def test_a_response_says_when_more_errors_are_not_listed(attacked: Service) -> None:
    problem = assert_refused(
        send(attacked, "/v1/events/batch", HOSTILE_BATCHES["unknown members"]())[0]
    )
    assert len(problem["errors"]) == 100
    assert problem["detail"].endswith("(only the first 100 errors are listed)")


def test_the_largest_batch_is_stored_while_others_are_served(attacked: Service) -> None:
    with others_are_served(attacked):
        (response,) = send(attacked, "/v1/events/batch", largest_valid_batch())
    assert response.status_code == 201
    assert len(response.json()["items"]) == 1_000
    assert max(memory(attacked).values()) < MAX_MEMORY
