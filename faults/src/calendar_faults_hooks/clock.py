"""Turns the wall clock of this one process."""

import datetime as dt
import time

_REAL = dt.datetime


class _TakesBoth(type):
    """What a driver written in C makes is an instance of the real class only."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _REAL)


def turn(seconds: float) -> None:
    """From now on this process thinks that it is later by so much. The monotonic clock is right."""
    real_time, real_time_ns = time.time, time.time_ns
    offset = dt.timedelta(seconds=seconds)

    class Turned(_REAL, metaclass=_TakesBoth):
        """The standard library's class, a while off."""

        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:  # type: ignore[override]
            """The turned time."""
            return _REAL.now(tz) + offset

    time.time = lambda: real_time() + seconds
    time.time_ns = lambda: real_time_ns() + int(seconds * 1e9)
    dt.datetime = Turned  # type: ignore[misc]
