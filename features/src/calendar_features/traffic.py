"""People who write while parts of the system are away, or come and go."""

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
"""Seconds between two requests of one person."""
_REQUEST_SECONDS: Final = 30


def event(due_at: datetime) -> dict[str, Any]:
    """An event of its own whose reminder is due then."""
    starts_at = (due_at + _LEAD).isoformat()
    return {
        "id": str(uuid4()),
        "title": "Written meanwhile",
        "starts_at": starts_at,
        "duration": "PT5M",
        "notify_before": "PT1H",
    }


@dataclass(kw_only=True)
class Person:
    """One user, who sends an event again until it is acknowledged, as a client should."""

    url: str
    user: str = field(default_factory=lambda: f"person-{uuid4().hex[:16]}")
    created: set[str] = field(default_factory=set)
    failures: list[str] = field(default_factory=list)
    """What was answered instead of an acknowledgement."""
    slowest: float = 0.0
    """Seconds until an answer, at most."""

    def __post_init__(self) -> None:
        self._session = requests.Session()
        self._session.trust_env = False  # a proxy is for the way out

    def create(self, document: dict[str, Any], *, seconds: float = 240) -> None:
        """Create an event, whatever it takes.

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
        asked_at = time.monotonic()
        try:
            answer = self._session.post(
                f"{self.url}/v1/events",
                json=document,
                headers={"X-User-Id": self.user},
                timeout=_REQUEST_SECONDS,
            )
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError) as error:
            return type(error).__name__
        finally:
            self.slowest = max(self.slowest, time.monotonic() - asked_at)
        return None if answer.ok else f"{answer.status_code} {answer.text}"


class Traffic:
    """Several people at once, each of whom creates one event after the other."""

    def __init__(self, people: int, *, url: str) -> None:
        self.people = [Person(url=url) for _ in range(people)]
        self._threads = ThreadPoolExecutor(people)
        self._enough = threading.Event()
        self._lives: list[Future[None]] = []

    def __enter__(self) -> Self:
        self._lives = [self._threads.submit(self._live, person) for person in self.people]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._enough.set()
        self._threads.shutdown()

    def end(self) -> None:
        """Let each finish the event in hand.

        Raises:
            AssertionError: one of them could not.
        """
        self._enough.set()
        for life in self._lives:
            life.result()

    def _live(self, person: Person) -> None:
        while not self._enough.wait(_PAUSE):
            person.create(event(datetime.now(UTC)))
