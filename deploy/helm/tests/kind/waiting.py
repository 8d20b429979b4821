"""As other scenarios wait, but with fewer looks: each is a process."""

from functools import partial
from typing import Final

from calendar_features import waiting

_PAUSE: Final = 0.5

wait_until: Final = partial(waiting.wait_until, pause=_PAUSE)
