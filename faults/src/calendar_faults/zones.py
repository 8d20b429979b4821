"""Time zones by the rules of the pinned package `tzdata`, never by the operating system's."""

import hashlib
import zoneinfo
from functools import cache
from importlib import resources
from typing import Final
from zoneinfo import ZoneInfo

import tzdata  # type: ignore[import-untyped]

__all__ = ["NAMES", "RULES_VERSION", "UTC", "ZoneInfo", "rules_of", "zone"]

# zoneinfo prefers the system's files, whatever their age, and keeps the zones it has read.
zoneinfo.reset_tzpath(())
ZoneInfo.clear_cache()

RULES_VERSION: Final[str] = tzdata.__version__
NAMES: Final = frozenset(zoneinfo.available_timezones())
UTC: Final = ZoneInfo("UTC")


@cache
def zone(name: str) -> ZoneInfo:
    """The zone of that name. `ZoneInfo` keeps eight of them, and reads the others again."""
    return ZoneInfo(name)


@cache
def rules_of(name: str) -> str:
    """Names the rules of a zone as they are now: `202603 Europe/Berlin 1f0e…`.

    The version of the data, comparable as text, the zone, and a digest of its rules.
    """
    year, number = RULES_VERSION.split(".")[:2]
    data = resources.files("tzdata.zoneinfo").joinpath(*name.split("/")).read_bytes()
    digest = hashlib.blake2b(data, digest_size=8).hexdigest()
    return f"{year}{int(number):02} {name} {digest}"
