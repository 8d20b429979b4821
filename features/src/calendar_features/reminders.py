"""Events by when they remind, and the notifications that these become."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from calendar_features import events, spans
from calendar_features.database import Database, Row
from calendar_features.diary import Diary
from calendar_features.events import Document
from calendar_features.waiting import wait_until

LEAD: Final = timedelta(hours=1)
"""Between a reminder that a scenario speaks of and its event, where it says nothing of it."""

_SOON: Final = timedelta(seconds=10)
"""What is due within this time falls due in the scenario; the rest is to be forgotten in time."""

_LATER: Final = timedelta(milliseconds=300)
"""How much later than what it watches for a witness is due."""


def reminding(title: str, due_at: datetime) -> Document:
    """An event whose reminder is due then."""
    return starting(title, due_at + LEAD, LEAD)


def starting(title: str, starts_at: datetime, lead: timedelta | None) -> Document:
    """An event that starts then, with a reminder `lead` before."""
    return events.an_event(
        title=title,
        starts_at=events.at(starts_at),
        notify_before=None if lead is None else spans.iso(lead),
    )


def due_at(event: Document) -> datetime:
    """When an answered event's reminder is due; its start where it has none."""
    lead = spans.of_iso(event["notify_before"] or "PT0S")
    return events.instant(event["starts_at"]) - lead


class Planner:
    """Plans events from the present on, by the clock that decides what is due."""

    def __init__(self, *, database: Database, diary: Diary) -> None:
        self._database = database
        self._diary = diary

    def start(self, who: str, title: str, span: timedelta, lead: timedelta | None) -> None:
        """Creates an event that starts so far from now."""
        self._diary.have(who, starting(title, self._database.now() + span, lead))

    def move(self, who: str, title: str, span: timedelta) -> None:
        """Moves an event to start so far from now."""
        self._move(who, title, events.at(self._database.now() + span))

    def move_back(self, who: str, title: str) -> None:
        """Moves an event to where it was created."""
        self._move(who, title, self._diary[title]["starts_at"])

    def _move(self, who: str, title: str, starts_at: str) -> None:
        answer = self._diary.change(who, title, {"starts_at": starts_at, "duration": "PT45M"})
        assert answer.status_code == 200, answer.text


class Notifications:
    """What the Storer stores for the people of one scenario."""

    def __init__(self, *, database: Database, diary: Diary, patience: float) -> None:
        self._database = database
        self._diary = diary
        self._patience = patience

    def of(self, who: str, title: str) -> list[Row]:
        """What is stored now for one event, in the order of arrival."""
        return self._database.notifications(who, self._diary[title]["id"])

    def of_user(self, who: str) -> list[Row]:
        """What is stored now for all events of a user."""
        return self._database.notifications(who)

    def arrived(self, who: str, title: str, count: int = 1) -> list[Row]:
        """Waits until at least so many are stored for one event."""
        return wait_until(
            lambda: rows if len(rows := self.of(who, title)) >= count else [],
            seconds=self._patience,
            what=f"{count} notification(s) of {title!r} for {who}",
        )

    def arrived_for_user(self, who: str, count: int) -> list[Row]:
        """Waits until at least so many are stored for all events of a user."""
        return wait_until(
            lambda: rows if len(rows := self.of_user(who)) >= count else [],
            seconds=self._patience,
            what=f"{count} notification(s) for {who}",
        )

    def arrived_under(self, who: str, notification_id: UUID) -> Row:
        """Waits until one of a user's is stored under this ID."""
        [row] = wait_until(
            lambda: [row for row in self.of_user(who) if row["notification_id"] == notification_id],
            seconds=self._patience,
            what=f"notification {notification_id} for {who}",
        )
        return row

    def settled(self, who: str, title: str, count: int) -> list[Row]:
        """What is stored for one event when so many are and no more can be on their way.

        The proof is a witness: a later reminder of the same user. In a system where nothing
        fails, a user's notifications arrive in the order in which they fall due.
        """
        if count:
            self.arrived(who, title, count)
        self._wait_for_witness(who, planned=due_at(self._diary[title]))
        return self.of(who, title)

    def _wait_for_witness(self, who: str, *, planned: datetime) -> None:
        now = self._database.now()
        due = max(now, planned if planned < now + _SOON else now) + _LATER
        witness = reminding(f"witness at {due.time()}", due)
        self._diary.have(who, witness)
        self.arrived(who, witness["title"])
