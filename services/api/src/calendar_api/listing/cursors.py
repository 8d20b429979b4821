"""Cursors: the position after a page, as text that is valid for one list of one user."""

import base64
import binascii
import hashlib
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from calendar_api.errors import CursorInvalid
from calendar_api.listing.windows import Window

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FORMAT = struct.Struct(">q16s8s")


@dataclass(frozen=True, slots=True)
class Position:
    """The last event of a page. Lists are ordered by start, then ID."""

    starts_at: datetime
    event_id: UUID


def encode(position: Position, *, user_id: str, window: Window) -> str:
    """The cursor of the page after `position`, for this user's list of this window."""
    microseconds = (position.starts_at - _EPOCH) // timedelta(microseconds=1)
    packed = _FORMAT.pack(microseconds, position.event_id.bytes, _list_digest(user_id, window))
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def decode(cursor: str, *, user_id: str, window: Window) -> Position:
    """The position of a cursor.

    Raises:
        CursorInvalid: it is malformed, or belongs to another list or another user.
    """
    try:
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        microseconds, event_id, digest = _FORMAT.unpack(packed)
        position = Position(_EPOCH + timedelta(microseconds=microseconds), UUID(bytes=event_id))
    except (binascii.Error, struct.error, OverflowError, ValueError):
        raise CursorInvalid("is not a cursor that this API gave out") from None
    if digest != _list_digest(user_id, window):
        raise CursorInvalid("belongs to another list")
    return position


def _list_digest(user_id: str, window: Window) -> bytes:
    name = f"{user_id}\n{window.start.isoformat()}\n{window.end.isoformat()}"
    return hashlib.blake2b(name.encode(), digest_size=8).digest()
