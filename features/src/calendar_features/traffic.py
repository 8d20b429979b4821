"""Concurrent clients that keep creating events while parts of the system are down."""

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Final, Self
from uuid import uuid4

import requests

_LEAD: Final = timedelta(hours=1)
_PAUSE: Final = 0.05
"""Seconds between two requests of one client."""
_REQUEST_TIMEOUT: Final = 30


def event(due_at: datetime) -> dict[str, Any]:
    """A new event whose reminder is due at this time."""
    starts_at = (due_at + _LEAD).isoformat()
    return {
        "id": str(uuid4()),
        "title": "Traffic",
        "starts_at": starts_at,
        "duration": "PT5M",
        "notify_before": "PT1H",
    }


@dataclass(kw_only=True)
class Client:
    """A client with its own user ID that retries each event until it is acknowledged."""

    url: str
    user: str = field(default_factory=lambda: f"client-{uuid4().hex[:16]}")
    created: set[str] = field(default_factory=set)
    failures: list[str] = field(default_factory=list)
    """Responses and errors other than an acknowledgement."""
    slowest: float = 0.0
    """Longest response time, in seconds."""

    def __post_init__(self) -> None:
        self._session = requests.Session()
        self._session.trust_env = False  # a proxy is for the way out

    def create(self, document: dict[str, Any], *, seconds: float = 240) -> None:
        """Creates an event, retrying until it is acknowledged.

        Raises:
            AssertionError: it was not acknowledged in time.
        """
        deadline = time.monotonic() + seconds
        while failure := self._post(document):
            self.failures.append(failure)
            assert time.monotonic() < deadline, f"not created in {seconds:g} s: {failure}"
            time.sleep(_PAUSE)
        self.created.add(document["id"])

    def _post(self, document: dict[str, Any]) -> str | None:
        started_at = time.monotonic()
        try:
            response = self._session.post(
                f"{self.url}/v1/events",
                json=document,
                headers={"X-User-Id": self.user},
                timeout=_REQUEST_TIMEOUT,
            )
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError) as error:
            return type(error).__name__
        finally:
            self.slowest = max(self.slowest, time.monotonic() - started_at)
        return None if response.ok else f"{response.status_code} {response.text}"


class Traffic:
    """Several clients, each creating one event after another in a thread."""

    def __init__(self, count: int, *, url: str) -> None:
        self.clients = [Client(url=url) for _ in range(count)]
        self._threads = ThreadPoolExecutor(count)
        self._stop = threading.Event()
        self._tasks: list[Future[None]] = []

    def __enter__(self) -> Self:
        self._tasks = [self._threads.submit(self._run, client) for client in self.clients]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._threads.shutdown()

    def end(self) -> None:
        """Stops the clients after their current events.

        Raises:
            AssertionError: a client could not create its last event.
        """
        self._stop.set()
        for task in self._tasks:
            task.result()

    def _run(self, client: Client) -> None:
        while not self._stop.wait(_PAUSE):
            client.create(event(datetime.now(UTC)))
