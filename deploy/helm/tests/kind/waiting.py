"""Waiting with a longer interval, because each check starts a process."""

from functools import partial
from typing import Final

from calendar_features import waiting

_INTERVAL: Final = 0.5

wait_until: Final = partial(waiting.wait_until, interval=_INTERVAL)
