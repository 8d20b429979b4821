"""The identity of a notification."""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

NAMESPACE: Final = UUID("5b0c9d6e-6a0d-5d3c-9a53-0a3f3f6f0c11")
"""Namespace of all notification IDs. It must never change: a notification that is sent a second
time, after a crash for example, is recognized by its ID."""

_MICROSECOND: Final = timedelta(microseconds=1)


def notification_id(*, user_id: str, event_id: UUID, starts_at: datetime, lead: timedelta) -> UUID:
    """The ID of the notification for one start of an event with one lead time.

    It depends on nothing else, so an event that is moved away and back has the same notification.
    The lead time is negative for a reminder that is due after the start.
    """
    start = starts_at.astimezone(UTC).isoformat(timespec="microseconds")
    return uuid5(NAMESPACE, f"{user_id}\n{event_id}\n{start}\n{lead // _MICROSECOND}")
