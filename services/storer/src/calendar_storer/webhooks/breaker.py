"""A circuit breaker: pauses the deliveries to an endpoint that keeps failing."""

import time
from collections.abc import Callable
from typing import Final

FAILURES: Final = 10
"""As many in a row open the breaker."""
FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 60.0


class Breaker:
    """Closed until deliveries fail in a row. Then it lets one probe through after each pause.

    What it holds back is not claimed and uses up no attempts.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._pause = 0.0
        self._opens_at = 0.0

    @property
    def is_open(self) -> bool:
        """Whether deliveries are held back."""
        return self._pause > 0

    def succeeded(self) -> None:
        """A delivery succeeded: the endpoint is back."""
        self._failures = 0
        self._pause = 0.0

    def failed(self, *, retry_after: float | None = None) -> None:
        """A delivery failed. If the receiver asks for time, the breaker opens at once."""
        self._failures += 1
        if retry_after is None and self._failures < FAILURES and not self.is_open:
            return
        now = self._clock()
        if now < self._opens_at and self.is_open:
            # Started before the breaker opened: says nothing new.
            return
        self._pause = min(max(2 * self._pause, FIRST_PAUSE, retry_after or 0.0), LONGEST_PAUSE)
        self._opens_at = now + self._pause

    def allowed(self, most: int, *, in_progress: int) -> int:
        """How many deliveries may be started, where `most` may be in progress at a time."""
        if not self.is_open:
            return most - in_progress
        is_probe_due = self._clock() >= self._opens_at and not in_progress
        return 1 if is_probe_due else 0
