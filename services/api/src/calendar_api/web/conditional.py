"""Conditional requests (RFC 9110, section 13): an event's version is its entity tag."""

import re
from typing import Final

from calendar_api.events.repository import Versions

_ANY: Final = "*"
_TAG = re.compile(r'(W/)?"([^"]*)"')
# A version is a PostgreSQL integer: no longer number can name one.
_VERSION = re.compile(r"[1-9][0-9]{0,9}")


def etag(version: int) -> str:
    """The strong entity tag of a version."""
    return f'"{version}"'


def if_match(header: str | None) -> Versions:
    """The versions that `If-Match` names; `None` for any version. A weak tag never matches."""
    if header is None or header.strip() == _ANY:
        return None
    return frozenset(
        int(tag) for weak, tag in _TAG.findall(header) if not weak and _VERSION.fullmatch(tag)
    )


def if_none_match(header: str | None, version: int) -> bool:
    """Whether `If-None-Match` names this version. Weak tags match, too."""
    if header is None:
        return False
    return header.strip() == _ANY or str(version) in {tag for _, tag in _TAG.findall(header)}
