"""Cursors: the position after a page, as text that is valid for one list of one user."""

import base64
import binascii
import hashlib
import struct
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from calendar_api.errors import CursorInvalid
from calendar_api.events.overrides import local_time
from calendar_api.listing.models import ListKey, Position

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FORMAT: Final = struct.Struct(">q16s8s")
"""Start, ID and digest of the list. The text of a recurrence ID follows."""


def encode(position: Position, key: ListKey) -> str:
    """The cursor of the page after `position`, in this list."""
    microseconds = (position.starts_at - _EPOCH) // timedelta(microseconds=1)
    packed = _FORMAT.pack(microseconds, position.event_id.bytes, _digest(key))
    packed += position.recurrence_id.encode()
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def decode(cursor: str, key: ListKey) -> Position:
    """The position of a cursor.

    Raises:
        CursorInvalid: it is malformed, or belongs to another list or another user.
    """
    try:
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        microseconds, event_id, digest = _FORMAT.unpack(packed[: _FORMAT.size])
        recurrence_id = _recurrence_id(packed[_FORMAT.size :])
        start = _EPOCH + timedelta(microseconds=microseconds)
    except (binascii.Error, struct.error, OverflowError, ValueError):
        raise CursorInvalid("is not a cursor that this API gave out") from None
    is_of_1_0 = digest == _digest_of_1_0(key) and not recurrence_id
    if digest != _digest(key) and not is_of_1_0:
        raise CursorInvalid("belongs to another list")
    return Position(start, UUID(bytes=event_id), recurrence_id)


def _recurrence_id(raw: bytes) -> str:
    text = raw.decode("ascii")
    if text and local_time(text).isoformat() != text:
        raise ValueError("not the text of a recurrence ID")
    return text


def _digest(key: ListKey) -> bytes:
    zone = key.window.dates.zone.key if key.window.dates else None
    # In another zone, events that last all day have other places.
    return _hash(key.user_id, key.window.start, key.window.end, zone, key.expand, key.event_id)


def _digest_of_1_0(key: ListKey) -> bytes | None:
    """As releases before 1.1 made it, for their lists: a client may be between two pages."""
    if not key.expand or key.event_id:
        return None
    return _hash(key.user_id, key.window.start, key.window.end)


def _hash(*parts: object) -> bytes:
    texts = (part.isoformat() if isinstance(part, datetime) else str(part) for part in parts)
    return hashlib.blake2b("\n".join(texts).encode(), digest_size=8).digest()
