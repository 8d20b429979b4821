"""People who write while pods come and go."""

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


@dataclass(kw_only=True)
class Person:
    """One user, who sends an event again until it is acknowledged, as a client should."""

    url: str
    user: str = field(default_factory=lambda: f"kind-{uuid4().hex[:16]}")
    created: set[str] = field(default_factory=set)
    failures: list[str] = field(default_factory=list)
    """What came instead of an acknowledgement."""

    def __post_init__(self) -> None:
        self._session = requests.Session()
        self._session.trust_env = False  # a proxy is for the way out

    def create(self, *, due_at: datetime, seconds: float = 120) -> str:
        """Create an event whose reminder is due then, whatever it takes, and return its ID.

        Raises:
            AssertionError: it was not acknowledged in time.
        """
        document = {
            "id": str(uuid4()),
            "title": "On Kubernetes",
            "starts_at": (due_at + _LEAD).isoformat(),
            "duration": "PT5M",
            "notify_before": "PT1H",
        }
        deadline = time.monotonic() + seconds
        while failure := self._post(document):
            self.failures.append(failure)
            assert time.monotonic() < deadline, f"not created in {seconds:g} s: {failure}"
            time.sleep(_PAUSE)
        self.created.add(document["id"])
        return document["id"]

    def _post(self, document: dict[str, Any]) -> str | None:
        try:
            answer = self._session.post(
                f"{self.url}/v1/events",
                json=document,
                headers={"X-User-Id": self.user},
                timeout=10,
            )
        except requests.RequestException as error:
            return repr(error)
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
            person.create(due_at=datetime.now(UTC))
