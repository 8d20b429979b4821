"""Events with reminders relative to now, and their stored notifications."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from calendar_features import documents, durations
from calendar_features.database import Database, Row
from calendar_features.documents import Document
from calendar_features.events_client import EventsClient
from calendar_features.waiting import wait_until

LEAD: Final = timedelta(hours=1)
"""Lead time where a scenario does not name one."""

_SOON: Final = timedelta(seconds=10)
"""A reminder due within this time is awaited; later ones are beyond the scenario."""

_MARKER_DELAY: Final = timedelta(milliseconds=300)
"""How much later the marker's reminder is due."""


def event_due_at(title: str, due_at: datetime) -> Document:
    """An event whose reminder is due at this time."""
    return event_starting_at(title, due_at + LEAD, LEAD)


def event_starting_at(
    title: str, starts_at: datetime, lead: timedelta | None, **changes: Any
) -> Document:
    """An event that starts at this time, with a reminder `lead` earlier."""
    return documents.an_event(
        title=title,
        starts_at=documents.format_instant(starts_at),
        notify_before=None if lead is None else durations.format_iso(lead),
        **changes,
    )


def due_at(event: Document) -> datetime:
    """When the only reminder of an event is due; its start if it has no reminder."""
    [due] = documents.due_times(event)
    return due


class Planner:
    """Creates and moves events relative to the database's clock."""

    def __init__(self, *, database: Database, client: EventsClient) -> None:
        self._database = database
        self._client = client

    def start(self, user: str, title: str, duration: timedelta, lead: timedelta | None) -> None:
        """Creates an event that starts this long after now."""
        self._client.create_all(
            user, event_starting_at(title, self._database.now() + duration, lead)
        )

    def move(self, user: str, title: str, duration: timedelta) -> None:
        """Moves an event to start this long after now."""
        self._move(user, title, documents.format_instant(self._database.now() + duration))

    def move_back(self, user: str, title: str) -> None:
        """Moves an event back to its original start."""
        self._move(user, title, self._client[title]["starts_at"])

    def _move(self, user: str, title: str, starts_at: str) -> None:
        response = self._client.change(user, title, {"starts_at": starts_at, "duration": "PT45M"})
        assert response.status_code == 200, response.text


class Notifications:
    """The stored notifications of one scenario's users."""

    def __init__(self, *, database: Database, client: EventsClient, timeout: float) -> None:
        self._database = database
        self._client = client
        self._timeout = timeout

    def of(self, user: str, title: str) -> list[Row]:
        """Returns the notifications of one event, in the order they were stored."""
        return self._database.notifications(user, self._client[title]["id"])

    def of_user(self, user: str) -> list[Row]:
        """Returns the notifications of all events of a user."""
        return self._database.notifications(user)

    def wait_for(self, user: str, title: str, count: int = 1) -> list[Row]:
        """Waits for at least `count` notifications of one event."""
        return wait_until(
            lambda: rows if len(rows := self.of(user, title)) >= count else [],
            seconds=self._timeout,
            what=f"{count} notification(s) of {title!r} for {user}",
        )

    def wait_for_user(self, user: str, count: int) -> list[Row]:
        """Waits for at least `count` notifications of a user."""
        return wait_until(
            lambda: rows if len(rows := self.of_user(user)) >= count else [],
            seconds=self._timeout,
            what=f"{count} notification(s) for {user}",
        )

    def wait_for_id(self, user: str, notification_id: UUID) -> Row:
        """Waits for the notification with this ID."""
        [row] = wait_until(
            lambda: [
                row for row in self.of_user(user) if row["notification_id"] == notification_id
            ],
            seconds=self._timeout,
            what=f"notification {notification_id} for {user}",
        )
        return row

    def final(
        self, user: str, title: str, count: int, *, due_times: Iterable[datetime] | None = None
    ) -> list[Row]:
        """Returns the notifications of one event once no more can follow.

        `due_times` are those of the event, if not given.

        A marker event of the same user, due later, proves it: without failures, the
        notifications of a user are stored in the order in which their reminders are due.
        """
        if count:
            self.wait_for(user, title, count)
        if due_times is None:
            due_times = documents.due_times(self._client[title])
        self._wait_for_marker(user, due_times)
        return self.of(user, title)

    def _wait_for_marker(self, user: str, due_times: Iterable[datetime]) -> None:
        now = self._database.now()
        marker_due = max([now, *(due for due in due_times if due < now + _SOON)]) + _MARKER_DELAY
        marker = event_due_at(f"marker at {marker_due.time()}", marker_due)
        self._client.create_all(user, marker)
        self.wait_for(user, marker["title"])
