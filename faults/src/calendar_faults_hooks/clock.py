"""Shifts the wall clock of this process."""

import datetime as dt
import time

_REAL = dt.datetime


class _AcceptsReal(type):
    """Drivers written in C create instances of the real class."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _REAL)


def shift(seconds: float) -> None:
    """Add `seconds` to the wall clock. The monotonic clock stays right."""
    real_time, real_time_ns = time.time, time.time_ns
    offset = dt.timedelta(seconds=seconds)

    class Shifted(_REAL, metaclass=_AcceptsReal):
        """The standard library's class with another `now`."""

        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:  # type: ignore[override]
            """The shifted time."""
            return _REAL.now(tz) + offset

    time.time = lambda: real_time() + seconds
    time.time_ns = lambda: real_time_ns() + int(seconds * 1e9)
    dt.datetime = Shifted  # type: ignore[misc]
