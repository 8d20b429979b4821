"""A cursor is a position in the one list that returned it."""

import base64
import hashlib
import struct
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendar_api.errors import CursorInvalid
from calendar_api.listing import cursors
from calendar_api.listing.models import ListKey, Position
from calendar_api.listing.windows import Dates, Window
from calendar_api.zones import ZoneInfo

START, END = datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC)
DATES = Dates(date(2026, 11, 23), date(2026, 11, 24), ZoneInfo("UTC"))
DAY = ListKey("ann", Window(START, END, DATES))
PLACE = Position(datetime(2026, 11, 23, 7, tzinfo=UTC), UUID(int=7))
OCCURRENCE = PLACE._replace(recurrence_id="2026-11-23T08:00:00")
CURSOR = cursors.encode(PLACE, DAY)

instants = st.datetimes(timezones=st.just(UTC))
recurrence_ids = st.just("") | st.datetimes().map(datetime.isoformat) | st.dates().map(str)
positions = st.builds(Position, instants, st.uuids(), recurrence_ids)
keys = st.builds(ListKey, st.just("ann"), st.builds(Window, instants, instants), st.booleans())


@given(positions, keys)
def test_decode_inverts_encode(position: Position, key: ListKey) -> None:
    assert cursors.decode(cursors.encode(position, key), key) == position


@given(positions, keys)
def test_a_cursor_needs_no_escaping_in_a_url(position: Position, key: ListKey) -> None:
    cursor = cursors.encode(position, key)
    assert cursor.replace("-", "").replace("_", "").isalnum()
    assert len(cursor) <= 128


@pytest.mark.parametrize("position", [PLACE, OCCURRENCE])
@pytest.mark.parametrize(
    "key",
    [
        replace(DAY, user_id="bob"),
        replace(DAY, user_id="Ann"),
        replace(DAY, window=Window(START, END + timedelta(microseconds=1), DATES)),
        replace(DAY, window=Window(START - timedelta(microseconds=1), END, DATES)),
        # In another zone, events that last all day have other places.
        replace(DAY, window=Window(START, END, replace(DATES, zone=ZoneInfo("Etc/GMT")))),
        replace(DAY, window=Window(START, END)),
        replace(DAY, expand=False),
        replace(DAY, event_id=UUID(int=7)),
    ],
)
def test_a_cursor_of_another_list_is_refused(position: Position, key: ListKey) -> None:
    with pytest.raises(CursorInvalid, match="another list"):
        cursors.decode(cursors.encode(position, DAY), key)


def cursor_of_1_0(*more: bytes) -> str:
    list_digest = hashlib.blake2b(
        f"ann\n{START.isoformat()}\n{END.isoformat()}".encode(), digest_size=8
    ).digest()
    microseconds = int(PLACE.starts_at.timestamp()) * 1_000_000
    packed = struct.pack(">q16s8s", microseconds, PLACE.event_id.bytes, list_digest)
    return base64.urlsafe_b64encode(b"".join([packed, *more])).rstrip(b"=").decode()


@pytest.mark.parametrize("window", [DAY.window, Window(START, END)])
def test_a_cursor_of_the_previous_release_goes_on_where_it_ended(window: Window) -> None:
    assert cursors.decode(cursor_of_1_0(), ListKey("ann", window)) == PLACE


@pytest.mark.parametrize(
    ("key", "more"),
    [
        (replace(DAY, expand=False), b""),
        (replace(DAY, event_id=UUID(int=7)), b""),
        (replace(DAY, user_id="bob"), b""),
        (DAY, b"2026-11-23"),
    ],
)
def test_the_previous_release_had_only_plain_lists(key: ListKey, more: bytes) -> None:
    with pytest.raises(CursorInvalid, match="another list"):
        cursors.decode(cursor_of_1_0(more), key)


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
        *(
            cursors.encode(PLACE._replace(recurrence_id=text), DAY)
            for text in ("20261123", "2026-11-23T08", "2026-11-31", "2026-11-23T08:00:00Z", "é")
        ),
    ],
)
def test_a_malformed_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(CursorInvalid, match="not a cursor"):
        cursors.decode(cursor, DAY)


@given(st.text() | st.binary(max_size=60).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_random_text_is_refused(cursor: str) -> None:
    with pytest.raises(CursorInvalid):
        cursors.decode(cursor, DAY)
