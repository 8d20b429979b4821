"""Cursors: positions in the order of arrival (docs/adr/0019), as text."""

import base64
import binascii
import struct
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple, Self
from uuid import UUID

from calendar_storer.errors import CursorInvalid

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_INSTANT: Final = datetime(9999, 12, 31, tzinfo=UTC)
_LAST_UUID: Final = UUID(int=2**128 - 1)
_FORMAT: Final = struct.Struct(">qq16s")
"""Arrival, microseconds of `stored_at`, ID."""


class Position(NamedTuple):
    """A place in the order of all notifications: that of one, or the start."""

    arrival: int
    stored_at: datetime
    notification_id: UUID

    @classmethod
    def of(cls, row: Any) -> Self:
        """That of a row of `notifications`."""
        return cls(row["arrival"], row["stored_at"], row["notification_id"])


START: Final = Position(0, _EPOCH, UUID(int=0))
"""Before all notifications."""


def end_of(arrival: int) -> Position:
    """After all notifications with this number, and that of none: they may be another user's."""
    return Position(arrival, _LAST_INSTANT, _LAST_UUID)


def encode(position: Position) -> str:
    """The cursor of a position."""
    microseconds = (position.stored_at - _EPOCH) // timedelta(microseconds=1)
    packed = _FORMAT.pack(position.arrival, microseconds, position.notification_id.bytes)
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def decode(cursor: str) -> Position:
    """The position of a cursor.

    Raises:
        CursorInvalid: this API did not give it out.
    """
    try:
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        arrival, microseconds, notification_id = _FORMAT.unpack(packed)
        stored_at = _EPOCH + timedelta(microseconds=microseconds)
        position = Position(arrival, stored_at, UUID(bytes=notification_id))
    except (binascii.Error, struct.error, OverflowError, ValueError):
        raise CursorInvalid from None
    if position < START or encode(position) != cursor:
        raise CursorInvalid
    return position
