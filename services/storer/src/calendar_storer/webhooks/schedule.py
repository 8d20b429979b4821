"""When a delivery that failed is tried again."""

import random
from typing import Final

MINUTE: Final = 60.0
HOUR: Final = 60 * MINUTE

RETRY_SECONDS: Final = (
    *(5.0, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR),
    *(10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR),
)
"""From each failure to the next attempt, as Standard Webhooks recommends."""


def retry_delay(failures: int, *, retry_after: float | None) -> float | None:
    """The seconds until the next attempt, at least what the receiver asks for.

    `None` after the last one: the delivery is parked.
    """
    if failures > len(RETRY_SECONDS):
        return None
    delay = RETRY_SECONDS[failures - 1] * random.uniform(0.9, 1.1)  # noqa: S311 - not for secrets
    if retry_after is None:
        return delay
    # Those that were refused at the same time should not come back at the same time.
    return max(delay, retry_after * random.uniform(1.0, 1.1))  # noqa: S311
