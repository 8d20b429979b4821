"""A cursor is a position in the one list that returned it."""

import base64
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendar_api.errors import CursorInvalid
from calendar_api.listing import cursors
from calendar_api.listing.cursors import Position
from calendar_api.listing.windows import Window

DAY = Window(datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC))
PLACE = Position(datetime(2026, 11, 23, 7, tzinfo=UTC), UUID(int=7))
CURSOR = cursors.encode(PLACE, user_id="ann", window=DAY)

instants = st.datetimes(timezones=st.just(UTC))
positions = st.builds(Position, instants, st.uuids())
windows = st.builds(Window, instants, instants)


@given(positions, windows)
def test_decode_inverts_encode(position: Position, window: Window) -> None:
    cursor = cursors.encode(position, user_id="ann", window=window)
    assert cursors.decode(cursor, user_id="ann", window=window) == position


@given(positions, windows)
def test_a_cursor_needs_no_escaping_in_a_url(position: Position, window: Window) -> None:
    cursor = cursors.encode(position, user_id="ann", window=window)
    assert cursor.replace("-", "").replace("_", "").isalnum()
    assert len(cursor) <= 128


@pytest.mark.parametrize(
    ("user_id", "window"),
    [
        ("bob", DAY),
        ("Ann", DAY),
        ("ann", Window(DAY.start, DAY.end + timedelta(microseconds=1))),
        ("ann", Window(DAY.start - timedelta(microseconds=1), DAY.end)),
    ],
)
def test_a_cursor_of_another_list_is_refused(user_id: str, window: Window) -> None:
    with pytest.raises(CursorInvalid, match="another list"):
        cursors.decode(CURSOR, user_id=user_id, window=window)


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "A",
        "nonsense",
        CURSOR[:-1],
        CURSOR + "A",
        CURSOR + "\n",
        " " + CURSOR,
        CURSOR[:-1] + "é",
        CURSOR[:-1] + "\ud800",
        CURSOR[:-1] + "\0",
        base64.urlsafe_b64encode(b"\x7f" + b"\xff" * 31).decode().rstrip("="),
        base64.urlsafe_b64encode(b"\x80" + b"\x00" * 31).decode().rstrip("="),
    ],
)
def test_a_malformed_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(CursorInvalid):
        cursors.decode(cursor, user_id="ann", window=DAY)


@given(st.text() | st.binary(max_size=40).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_random_text_is_refused(cursor: str) -> None:
    with pytest.raises(CursorInvalid):
        cursors.decode(cursor, user_id="ann", window=DAY)
