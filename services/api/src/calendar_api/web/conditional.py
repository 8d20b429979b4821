"""Conditional requests (RFC 9110, section 13): `If-Match` and `If-None-Match`."""

from dataclasses import dataclass

from calendar_api.errors import VersionMismatch
from calendar_api.web import entity_tags


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
        return entity_tags.is_known(self.if_none_match, revision)

    def require(self, revision: str) -> None:
        """Returns if this revision may be changed.

        Raises:
            VersionMismatch: the client does not want to change it.
        """
        if self.is_known(revision):
            raise VersionMismatch(revision, "If-None-Match matches it")


def _mismatch(if_match: str, revision: str) -> str | None:
    """Why `If-Match` does not match this revision, or `None` if it does."""
    strong, weak = entity_tags.tags(if_match)
    if entity_tags.is_any(if_match) or revision in strong:
        return None
    if revision in weak:
        return "If-Match lists it as weak, and weak tags never match in If-Match"
    if not strong | weak:
        return "If-Match contains no tag in double quotes"
    return "it is not in If-Match"
