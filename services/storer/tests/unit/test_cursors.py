"""Cursors hold a position, and only what was given out is one."""

import base64
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from calendar_storer.errors import CursorInvalid
from calendar_storer.inbox.cursors import START, Position, decode, encode

MAX = 2**63 - 1


@pytest.mark.parametrize(
    "position",
    [
        START,
        Position(0, datetime(2026, 11, 28, 12, 0, 0, 1, tzinfo=UTC), uuid4()),
        Position(1_800_000_000_000_000, datetime(2026, 11, 28, tzinfo=UTC), UUID(int=1)),
        Position(
            MAX, datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), UUID(int=2**128 - 1)
        ),
    ],
)
def test_cursor_has_the_position(position: Position) -> None:
    cursor = encode(position)
    assert decode(cursor) == position
    assert cursor.replace("-", "").replace("_", "").isalnum()
    assert len(cursor) == 43


def packed(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(8, "big", signed=True) for number in numbers)


@pytest.mark.parametrize(
    "content",
    [
        packed(0, 0, 0),  # too short
        packed(0, 0, 0, 0, 0),  # too long
        packed(-1, 0, 0, 0),
        packed(0, -1, 0, 0),
        packed(1, MAX, 0, 0),  # past the last instant
        packed(1, -MAX, 0, 0),
    ],
)
def test_position_that_no_notification_has_is_refused(content: bytes) -> None:
    cursor = base64.urlsafe_b64encode(content).decode().rstrip("=")
    with pytest.raises(CursorInvalid):
        decode(cursor)


@pytest.mark.parametrize("end", ["A", "=", "\n", " "])
def test_text_beside_the_cursor_is_refused(end: str) -> None:
    with pytest.raises(CursorInvalid):
        decode(encode(START) + end)
