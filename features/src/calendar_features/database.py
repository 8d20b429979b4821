"""The tables that the contract lets a test look at: `events` and `notifications`."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg.rows import DictRow, dict_row

from calendar_features.people import People

Row = dict[str, Any]

_NOW: Final = "SELECT clock_timestamp() AS now"
_EVENT: Final = "SELECT * FROM events WHERE user_id = %s AND id = %s"
_EVENTS: Final = "SELECT * FROM events WHERE user_id = %s ORDER BY starts_at, id"
_NOTIFICATIONS: Final = "SELECT * FROM notifications WHERE user_id = %s ORDER BY stored_at"


class Database:
    """Both databases, which may be one, as far as they concern the people of a scenario."""

    def __init__(
        self,
        *,
        events: psycopg.Connection[DictRow],
        notifications: psycopg.Connection[DictRow],
        people: People,
    ) -> None:
        self._events = events
        self._notifications = notifications
        self._people = people

    def now(self) -> datetime:
        """The time on the clock that decides what is due."""
        now: datetime = self._events.execute(_NOW).fetchall()[0]["now"]
        return now

    def event(self, who: str, event_id: str) -> Row | None:
        """This user's event."""
        return self._events.execute(_EVENT, (self._people[who], UUID(event_id))).fetchone()

    def events(self, who: str) -> list[Row]:
        """All events of this user, by start and ID."""
        return self._events.execute(_EVENTS, (self._people[who],)).fetchall()

    def notifications(self, who: str, event_id: str | None = None) -> list[Row]:
        """The notifications of this user, or those of one event, in the order of their arrival."""
        rows = self._notifications.execute(_NOTIFICATIONS, (self._people[who],)).fetchall()
        return [row for row in rows if event_id is None or row["event_id"] == UUID(event_id)]


@contextmanager
def connect(*, events_dsn: str, notifications_dsn: str, people: People) -> Iterator[Database]:
    """Both databases for as long as the context lasts."""
    with _connect(events_dsn) as events, _connect(notifications_dsn) as notifications:
        yield Database(events=events, notifications=notifications, people=people)


def _connect(dsn: str) -> psycopg.Connection[DictRow]:
    connection = psycopg.connect(dsn, autocommit=True, connect_timeout=30, row_factory=dict_row)
    connection.execute("SET timezone TO 'UTC'")
    return connection
