"""Builders that all tests use."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from calendar_contracts import Notification

VALID: dict[str, Any] = {
    "title": "Dentist",
    "event_date": datetime(2026, 11, 23, 7, 0, 0, 1, tzinfo=UTC),
    "user_id": "ann@example.org",
}


def notification(**fields: Any) -> Notification:
    """A notification with IDs of its own that has just become due."""
    own = {"notification_id": uuid4(), "event_id": uuid4(), "notify_at": datetime.now(UTC)}
    return Notification(**(VALID | own | fields))


def value(**fields: Any) -> bytes:
    """The JSON of a notification, with any field replaced by any value."""
    return json.dumps(json.loads(notification().encode()) | fields).encode()


# What no storer can store, and the reason that its dead letter gives.
POISON: list[Any] = [
    pytest.param(None, "no-value", id="null value"),
    pytest.param(b"", "not-json", id="empty value"),
    pytest.param(b"hello", "not-json", id="text"),
    pytest.param(b"\xff\xfe\x00", "not-json", id="bytes"),
    pytest.param(b"[" * 5_000, "not-json", id="deep"),
    pytest.param(value(title="\ud800"), "not-json", id="lone surrogate"),
    pytest.param(b"null", "invalid", id="JSON null"),
    pytest.param(b"[1]", "invalid", id="JSON array"),
    pytest.param(b"{}", "invalid", id="no fields"),
    pytest.param(value(title="a\0b"), "invalid", id="NUL"),
    pytest.param(value(title=""), "invalid", id="empty title"),
    pytest.param(value(title="x" * 1_000_000), "invalid", id="1 MB title"),
    pytest.param(value(event_id=42), "invalid", id="number for an ID"),
    pytest.param(value(user_id="ann smith"), "invalid", id="user ID"),
    pytest.param(value(notify_at="2026-11-23T10:00:00"), "invalid", id="no offset"),
    pytest.param(value(recurrence_id="next week"), "invalid", id="recurrence ID"),
    pytest.param(value(event_date="0001-01-01T00:00:00+01:00"), "invalid", id="before year 1"),
    pytest.param(value(event_date="9999-12-31T23:59:59-01:00"), "invalid", id="after year 9999"),
]

LATE = timedelta(minutes=5)
