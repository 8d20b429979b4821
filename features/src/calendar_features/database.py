"""Read access to the tables of the contract: `events` and `notifications`."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg.rows import DictRow, dict_row

from calendar_features.user_ids import UserIds

Row = dict[str, Any]

_NOW: Final = "SELECT clock_timestamp() AS now"
_EVENT: Final = "SELECT * FROM events WHERE user_id = %s AND id = %s"
_EVENTS: Final = "SELECT * FROM events WHERE user_id = %s ORDER BY starts_at, id"
# What is stored in one transaction has the same time.
_NOTIFICATIONS: Final = (
    "SELECT * FROM notifications WHERE user_id = %s ORDER BY stored_at, notify_at"
)


class Database:
    """Events and notifications of the users of one scenario; both tables may be in one database."""

    def __init__(
        self,
        *,
        events: psycopg.Connection[DictRow],
        notifications: psycopg.Connection[DictRow],
        user_ids: UserIds,
    ) -> None:
        self._events = events
        self._notifications = notifications
        self._user_ids = user_ids

    def now(self) -> datetime:
        """The time of the database, which decides what is due."""
        now: datetime = self._events.execute(_NOW).fetchall()[0]["now"]
        return now

    def event(self, user: str, event_id: str) -> Row | None:
        """Returns one event of a user."""
        return self._events.execute(_EVENT, (self._user_ids[user], UUID(event_id))).fetchone()

    def events(self, user: str) -> list[Row]:
        """Returns all events of a user, ordered by start and ID."""
        return self._events.execute(_EVENTS, (self._user_ids[user],)).fetchall()

    def notifications(self, user: str, event_id: str | None = None) -> list[Row]:
        """Returns the notifications of a user, or of one event, in the order they were stored."""
        rows = self._notifications.execute(_NOTIFICATIONS, (self._user_ids[user],)).fetchall()
        return [row for row in rows if event_id is None or row["event_id"] == UUID(event_id)]


@contextmanager
def connect(*, events_dsn: str, notifications_dsn: str, user_ids: UserIds) -> Iterator[Database]:
    """Connects to both databases."""
    with _connect(events_dsn) as events, _connect(notifications_dsn) as notifications:
        yield Database(events=events, notifications=notifications, user_ids=user_ids)


def _connect(dsn: str) -> psycopg.Connection[DictRow]:
    connection = psycopg.connect(dsn, autocommit=True, connect_timeout=30, row_factory=dict_row)
    connection.execute("SET timezone TO 'UTC'")
    return connection
