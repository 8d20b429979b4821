"""The body of a webhook."""

from datetime import datetime
from typing import Final

from pydantic_core import to_json

from calendar_contracts import Notification

TYPE: Final = "notification.due"


def encode(notification: Notification, *, stored_at: datetime) -> bytes:
    """The JSON of a notification, the same bytes at each attempt; `data` is as in Kafka."""
    content = {"type": TYPE, "timestamp": stored_at, "data": notification}
    return to_json(content, exclude_none=True)
