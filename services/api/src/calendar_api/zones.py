"""Time zones by the rules of the pinned package `tzdata`, never by the operating system's."""

import zoneinfo
from typing import Final
from zoneinfo import ZoneInfo

import tzdata  # type: ignore[import-untyped]

__all__ = ["NAMES", "RULES_VERSION", "ZoneInfo", "find"]

# zoneinfo prefers the system's files, whatever their age, and keeps the zones it has read.
zoneinfo.reset_tzpath(())
ZoneInfo.clear_cache()

RULES_VERSION: Final[str] = tzdata.__version__
NAMES: Final = frozenset(zoneinfo.available_timezones())
_BY_LOWER_CASE: Final = {name.lower(): name for name in NAMES}


def find(name: str) -> ZoneInfo | None:
    """The zone with this name, in any case; `None` if there is none."""
    # Outside ASCII, other letters have these in lower case (U+212A, the Kelvin sign).
    key = _BY_LOWER_CASE.get(name.lower()) if name.isascii() else None
    return ZoneInfo(key) if key else None
