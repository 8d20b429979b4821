"""Encoding, decoding and validation of notifications."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from calendar_contracts import Notification

MOSCOW = timezone(timedelta(hours=3))
FIELDS: dict[str, Any] = {
    "notification_id": "0198b2f6-1111-7000-8000-000000000001",
    "event_id": "0198b2f6-2222-7000-8000-000000000002",
    "title": "Dentist",
    "event_date": "2026-11-23T10:00:00+03:00",
    "user_id": "ann@example.org",
    "notify_at": "2026-11-23T06:45:00.000001Z",
}


def read(**changes: Any) -> Notification:
    return Notification.decode(json.dumps(FIELDS | changes).encode())


notifications = st.builds(
    Notification,
    notification_id=st.uuids(),
    event_id=st.uuids(),
    title=st.text(
        st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=255
    ),
    event_date=st.datetimes(timezones=st.just(UTC)),
    user_id=st.from_regex(r"[A-Za-z0-9._@:+-]{1,128}", fullmatch=True),
    notify_at=st.datetimes(timezones=st.just(UTC)),
    recurrence_id=st.none()
    | st.dates().map(lambda day: day.isoformat())
    | st.datetimes().map(lambda moment: moment.isoformat()),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(notifications)
def test_decode_inverts_encode(notification: Notification) -> None:
    assert Notification.decode(notification.encode()) == notification


def test_decode_reads_all_fields_and_converts_to_utc() -> None:
    assert read() == Notification(
        notification_id=UUID("0198b2f6-1111-7000-8000-000000000001"),
        event_id=UUID("0198b2f6-2222-7000-8000-000000000002"),
        title="Dentist",
        event_date=datetime(2026, 11, 23, 10, tzinfo=MOSCOW),
        user_id="ann@example.org",
        notify_at=datetime(2026, 11, 23, 6, 45, 0, 1, tzinfo=UTC),
    )
    assert read().event_date.tzinfo is UTC


def test_encode_writes_utc_with_z_and_unescaped_text() -> None:
    written = json.loads(read(title="Зубной 🦷").encode())
    assert written["event_date"] == "2026-11-23T07:00:00Z"
    assert written["title"] == "Зубной 🦷"


def test_recurrence_id_is_written_where_there_is_one() -> None:
    without = (
        b'{"notification_id":"0198b2f6-1111-7000-8000-000000000001",'
        b'"event_id":"0198b2f6-2222-7000-8000-000000000002","title":"Dentist",'
        b'"event_date":"2026-11-23T07:00:00Z","user_id":"ann@example.org",'
        b'"notify_at":"2026-11-23T06:45:00.000001Z"}'
    )
    assert read().encode() == read(recurrence_id=None).encode() == without
    assert read().recurrence_id is None
    occurrence = read(recurrence_id="2026-11-23T10:00:00")
    assert occurrence.recurrence_id == "2026-11-23T10:00:00"
    assert occurrence.encode() == without[:-1] + b',"recurrence_id":"2026-11-23T10:00:00"}'


def test_unknown_fields_are_ignored() -> None:
    assert read(colour="green") == read()


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_is_required(field: str) -> None:
    value = json.dumps({name: value for name, value in FIELDS.items() if name != field})
    with pytest.raises(ValidationError, match=field):
        Notification.decode(value.encode())


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("value", [None, 1, 1700000000, True, [], {}])
def test_every_field_must_be_a_string(field: str, value: Any) -> None:
    with pytest.raises(ValidationError, match=field):
        read(**{field: value})


@pytest.mark.parametrize(
    "changes",
    [
        {"title": ""},
        {"title": "x" * 256},
        {"title": "a\0b"},
        {"title": "\ud800"},
        {"user_id": ""},
        {"user_id": "x" * 129},
        {"user_id": "ann smith"},
        {"user_id": "ann\n"},
        {"event_id": "42"},
        {"event_date": "2026-11-23T10:00:00"},
        {"event_date": "2026-11-23"},
        {"event_date": "1700000000"},
        {"event_date": "-1700000000"},
        {"event_date": "soon"},
        {"event_date": "0001-01-01T00:00:00+00:01"},
        {"event_date": "9999-12-31T23:59:59-00:01"},
        {"recurrence_id": ""},
        {"recurrence_id": 20261123},
        {"recurrence_id": "2026-11-23T10:00"},
        {"recurrence_id": "2026-11-23T10:00:00Z"},
        {"recurrence_id": "2026-11-23\n"},
    ],
    ids=str,
)
def test_invalid_values_are_rejected(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        read(**changes)


@pytest.mark.parametrize("value", [b"", b"null", b"[]", b"{", b"\xff", b"[" * 9_999, b"9" * 5_000])
def test_invalid_json_is_rejected(value: bytes) -> None:
    with pytest.raises(ValidationError):
        Notification.decode(value)


def test_notification_is_immutable() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        read().title = "Doctor"  # type: ignore[misc]
