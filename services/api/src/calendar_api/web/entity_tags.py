"""Entity tags (RFC 9110, section 8.8.3), and lists of them in headers."""

import re
from typing import Final

_ANY: Final = "*"

# A tag, or a malformed element up to the next comma. The tag of a compressed response ends in
# `-gzip`; the resource in it is the same.
_ELEMENT = re.compile(
    r'[ \t]*(?:(?P<weak>W/)?"(?P<tag>[\x21\x23-\x7e\x80-\xff]*?)(?:-gzip)?"[ \t]*(?=,|$)|[^,]+)'
)


def etag(revision: str) -> str:
    """The strong entity tag of a revision."""
    return f'"{revision}"'


def is_any(header: str) -> bool:
    """Whether the header names every revision."""
    return header.strip() == _ANY


def tags(header: str) -> tuple[set[str], set[str]]:
    """The strong and the weak tags of a list, without quotes."""
    strong, weak = set[str](), set[str]()
    for element in _ELEMENT.finditer(header):
        if element["tag"] is not None:
            (weak if element["weak"] else strong).add(element["tag"])
    return strong, weak


def is_known(if_none_match: str | None, revision: str) -> bool:
    """Whether a client that sends this `If-None-Match` has the revision already."""
    if if_none_match is None:
        return False
    strong, weak = tags(if_none_match)
    return is_any(if_none_match) or revision in strong | weak
