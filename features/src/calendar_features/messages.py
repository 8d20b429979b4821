"""Messages of the notification topic in the Scheduler's format."""

import json
from typing import Any
from uuid import uuid4

from calendar_features.broker import Headers, Record
from calendar_features.documents import Document

HEADERS: Headers = (("content-type", b"application/json"), ("schema-version", b"1"))


def a_notification(user_id: str, **changes: Any) -> Document:
    """A notification with these changes."""
    notification = {
        "notification_id": str(uuid4()),
        "event_id": str(uuid4()),
        "title": "Dentist",
        "event_date": "2044-11-23T10:00:00Z",
        "user_id": user_id,
        "notify_at": "2044-11-22T10:00:00Z",
    }
    return notification | changes


def encode(notification: Document) -> bytes:
    """The value of the message for a notification."""
    return json.dumps(notification).encode()


def decode(message: Record) -> Document:
    """The notification in a message."""
    decoded: Document = json.loads(message.value or b"")
    return decoded
