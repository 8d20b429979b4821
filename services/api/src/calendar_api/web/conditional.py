"""Conditional requests (RFC 9110, section 13): `ETag`, `If-Match` and `If-None-Match`."""

import re
from dataclasses import dataclass
from typing import Final

from calendar_api.errors import VersionMismatch

_ANY: Final = "*"

# A tag, or a malformed element up to the next comma. The tag of a compressed response ends in
# `-gzip`; the event in it is the same.
_ELEMENT = re.compile(
    r'[ \t]*(?:(?P<weak>W/)?"(?P<tag>[\x21\x23-\x7e\x80-\xff]*?)(?:-gzip)?"[ \t]*(?=,|$)|[^,]+)'
)


def etag(revision: str) -> str:
    """The strong entity tag of a revision."""
    return f'"{revision}"'


@dataclass(frozen=True, slots=True)
class Conditions:
    """The headers `If-Match` and `If-None-Match` of a request."""

    if_match: str | None
    if_none_match: str | None

    def is_known(self, revision: str) -> bool:
        """Whether the client has this revision already, so that a read does not return it.

        Raises:
            VersionMismatch: the client asks for another revision.
        """
        # In the order of RFC 9110, section 13.2.2.
        if self.if_match is not None and (reason := _mismatch(self.if_match, revision)):
            raise VersionMismatch(revision, reason)
        if self.if_none_match is None:
            return False
        strong, weak = _tags(self.if_none_match)
        return _is_any(self.if_none_match) or revision in strong | weak

    def require(self, revision: str) -> None:
        """Returns if this revision may be changed.

        Raises:
            VersionMismatch: the client does not want to change it.
        """
        if self.is_known(revision):
            raise VersionMismatch(revision, "If-None-Match matches it")


def _mismatch(if_match: str, revision: str) -> str | None:
    """Why `If-Match` does not match this revision, or `None` if it does."""
    strong, weak = _tags(if_match)
    if _is_any(if_match) or revision in strong:
        return None
    if revision in weak:
        return "If-Match lists it as weak, and weak tags never match in If-Match"
    if not strong | weak:
        return "If-Match contains no tag in double quotes"
    return "it is not in If-Match"


def _is_any(header: str) -> bool:
    return header.strip() == _ANY


def _tags(header: str) -> tuple[set[str], set[str]]:
    """The strong and the weak tags of a list, without quotes."""
    strong, weak = set[str](), set[str]()
    for element in _ELEMENT.finditer(header):
        if element["tag"] is not None:
            (weak if element["weak"] else strong).add(element["tag"])
    return strong, weak
