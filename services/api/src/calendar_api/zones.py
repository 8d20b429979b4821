"""Time zones by the rules of the pinned package `tzdata`, never by the operating system's."""

import zoneinfo
from typing import Final
from zoneinfo import ZoneInfo

import tzdata  # type: ignore[import-untyped]

__all__ = ["NAMES", "RULES_VERSION", "ZoneInfo"]

# zoneinfo prefers the system's files, whatever their age, and keeps the zones it has read.
zoneinfo.reset_tzpath(())
ZoneInfo.clear_cache()

RULES_VERSION: Final[str] = tzdata.__version__
NAMES: Final = frozenset(zoneinfo.available_timezones())
