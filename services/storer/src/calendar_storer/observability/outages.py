"""Keeps track of dependencies that are away: one log line when one goes, one when it is back."""

import time
from collections.abc import Mapping

import structlog
from prometheus_client import Counter, Gauge

from calendar_storer.errors import Unavailable

log = structlog.stdlib.get_logger(__name__)


class Outages:
    """What is away at the moment, who found out, and since when.

    Several tasks may need the same dependency. It is away when the first of them does not reach it,
    and back when all that missed it have reached it again.
    """

    def __init__(
        self,
        addresses: Mapping[str, str] | None = None,
        *,
        failures: Counter | None = None,
        away: Gauge | None = None,
    ) -> None:
        """`addresses` of dependencies are shown in the log; metrics are labelled `dependency`."""
        self._addresses = addresses or {}
        self._failures = failures
        self._away = away
        self._found: set[tuple[type[Unavailable], str]] = set()
        self._since: dict[str, float] = {}

    def failed(self, error: Unavailable, *, by: str = "") -> None:
        """A task, named `by`, did not reach a dependency."""
        dependency = error.dependency
        if self._failures:
            self._failures.labels(dependency).inc()
        self._found.add((type(error), by))
        if dependency in self._since:
            return
        self._since[dependency] = time.monotonic()
        if self._away:
            self._away.labels(dependency).set(1)
        address = self._addresses.get(dependency)
        log.warning(
            "dependency_unavailable",
            dependency=dependency,
            **({"address": address} if address else {}),
            reason=str(error),
        )

    def over(self, *kinds: type[Unavailable], by: str = "") -> None:
        """A task reached what errors of these kinds, or of any, said was away."""
        of_any = kinds or (Unavailable,)
        self._found -= {
            (kind, task) for kind, task in self._found if task == by and issubclass(kind, of_any)
        }
        for dependency in self._since.keys() - {kind.dependency for kind, _ in self._found}:
            seconds = time.monotonic() - self._since.pop(dependency)
            if self._away:
                self._away.labels(dependency).set(0)
            log.info("dependency_available", dependency=dependency, seconds=round(seconds, 3))

    def is_away(self, kind: type[Unavailable]) -> bool:
        """Whether the dependency of such errors is away, as far as is known."""
        return kind.dependency in self._since
