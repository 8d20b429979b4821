"""Builds histories: operations of users, and what a Calendar that keeps its promises does."""

import base64
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from calendar_faults.checker.reminders import Reminder
from calendar_faults.contents import excluding, lead_members
from calendar_faults.history import (
    Call,
    CaughtUp,
    Content,
    DeadLetter,
    End,
    EventKey,
    Fault,
    History,
    Line,
    Operation,
    Outcome,
    Poison,
    Record,
    Recurrence,
    Row,
    Streamed,
    Webhook,
)
from calendar_faults.zones import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
T0 = datetime(2026, 11, 23, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """An instant of the history."""
    return T0 + timedelta(seconds=seconds)


def event_id(number: int) -> UUID:
    return UUID(int=number)


def content(due: float, *, title: str = "Tea", lead: float = 3600) -> Content:
    """The content of an event whose reminder is due at `due`."""
    return Content(title=title, starts_at=at(due + lead), notify_before=timedelta(seconds=lead))


def series(
    *due: float, title: str = "Choir", leads: Sequence[float] = (3600,), **fields: Any
) -> Content:
    """A series in Berlin; `due` says when the reminders with the shortest lead time are due."""
    starts = [at(each + min(leads)) for each in due]
    dates = tuple(start.astimezone(BERLIN).replace(tzinfo=None) for start in starts)
    members = lead_members([timedelta(seconds=lead) for lead in sorted(leads, reverse=True)])
    return Content(
        title=title,
        starts_at=starts[0],
        time_zone=BERLIN.key,
        **{"recurrence": Recurrence(dates=dates), **members, **fields},
    )


def date_of(what: Content, number: int) -> datetime:
    """When an occurrence is scheduled; the first one is 0."""
    assert what.recurrence
    return what.recurrence.dates[number]


class HistoryBuilder:
    """Collects lines; each operation takes 20 ms."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.end_at = 100.0
        self.left: dict[str, Any] = {}

    def operation(
        self,
        call: Call,
        events: dict[int, Content | None],
        *,
        begin: float,
        outcome: Outcome = "ok",
        status: int | None = None,
        versions: dict[int, int] | None = None,
        if_match: int | None = None,
        occurrence: datetime | None = None,
        took: float = 0.02,
    ) -> None:
        self.lines.append(
            Operation(
                number=len(self.lines),
                user="ann",
                call=call,
                events={event_id(number): each for number, each in events.items()},
                invoked=at(begin),
                completed=at(begin + took),
                outcome=outcome,
                status=status,
                versions={event_id(number): v for number, v in (versions or {}).items()},
                if_match=if_match,
                occurrence=occurrence,
            )
        )

    def create(self, number: int, what: Content, *, begin: float, **options: Any) -> None:
        self.operation("create", {number: what}, begin=begin, **options)

    def change(self, number: int, what: Content, *, begin: float, **options: Any) -> None:
        self.operation("change", {number: what}, begin=begin, **options)

    def delete(self, number: int, *, begin: float, **options: Any) -> None:
        self.operation("delete", {number: None}, begin=begin, **options)

    def read(self, number: int, what: Content | None, *, begin: float, **options: Any) -> None:
        self.operation("read", {number: what}, begin=begin, **options)

    def exclude(self, number: int, what: Content, date: datetime, **options: Any) -> None:
        self.operation("change", {number: excluding(what, date)}, occurrence=date, **options)

    def send(
        self,
        number: int,
        what: Content,
        *,
        at_: float,
        stored: float | None = None,
        occurrence: int = 0,
        lead: int = 0,
        **changed: Any,
    ) -> None:
        """A record, and its row unless there is one; of a series, of one of its occurrences.

        Of several lead times, the longest is 0.
        """
        fields = {**notification(number, what, occurrence=occurrence, lead=lead), **changed}
        self.lines.append(Record(**fields, partition=0, offset=len(self.lines), appended=at(at_)))
        if not any(row.notification_id == fields["notification_id"] for row in self.rows):
            arrival = len(self.rows) + 1
            self.lines.append(Row(**fields, stored_at=at(stored or at_ + 0.01), arrival=arrival))

    def deliver(
        self, row: Row, *, at_: float, endpoint: str = "crm", accepted: bool = True, **changed: Any
    ) -> None:
        """A webhook with the notification of a row."""
        data = row.model_dump(
            mode="json", exclude_none=True, exclude={"kind", "stored_at", "arrival"}
        )
        body = {"type": "notification.due", "timestamp": row.stored_at.isoformat(), "data": data}
        fields = {
            "endpoint": endpoint,
            "webhook_id": row.notification_id,
            "body": json.dumps(body),
            "at": at(at_),
            "accepted": accepted,
        }
        self.lines.append(Webhook.model_validate({**fields, **changed}))

    def stream(self, row: Row, *, client: str = "browser", **changed: Any) -> None:
        """A follower gets the notification of a row."""
        fields = row.model_dump(exclude={"kind", "arrival"})
        number = sum(isinstance(line, Streamed) for line in self.lines)
        given = {**fields, "client": client, "number": number, "at": row.stored_at, **changed}
        self.lines.append(Streamed.model_validate(given))

    def fault(self, name: str, begin: float, end: float, *waivers: str) -> None:
        fields = {"name": name, "begin": at(begin), "end": at(end), "waivers": waivers}
        self.lines.append(Fault.model_validate(fields))

    def caught_up(self, *, due_by: float, recorded: float) -> None:
        self.lines.append(CaughtUp(due_by=at(due_by), at=at(recorded)))

    def poison(self, value: bytes) -> None:
        fields = {"key": None, "value": base64.b64encode(value)}
        self.lines += [Poison.model_validate(fields), DeadLetter.model_validate(fields)]

    @property
    def rows(self) -> list[Row]:
        return [line for line in self.lines if isinstance(line, Row)]

    def build(self) -> History:
        return History([*self.lines, End(at=at(self.end_at), **self.left)])


def notification(
    number: int, what: Content, *, occurrence: int = 0, lead: int = 0
) -> dict[str, Any]:
    """The fields of a notification of an event with this content."""
    starts_at, recurrence_id = what.starts_at, None
    if what.recurrence:
        local = date_of(what, occurrence)
        starts_at = local.replace(tzinfo=BERLIN).astimezone(UTC)
        recurrence_id = local.isoformat()
    reminder = Reminder(EventKey("ann", event_id(number)), starts_at, what.leads[lead])
    return {
        "notification_id": reminder.notification_id,
        "event_id": event_id(number),
        "title": what.title,
        "event_date": starts_at,
        "user_id": "ann",
        "notify_at": reminder.due,
        "recurrence_id": recurrence_id,
    }


def correct_history() -> HistoryBuilder:
    """Two reminders are sent; a third event is deleted in time, a fourth is moved."""
    history = HistoryBuilder()
    tea, walk, gym, call, later = (
        content(10),
        content(20, title="Walk"),
        *map(content, (30, 40, 50)),
    )
    history.create(1, tea, begin=0, versions={1: 1})
    history.operation("create", {2: walk, 3: gym}, begin=1, versions={2: 1, 3: 1})
    history.create(4, call, begin=2)
    history.delete(3, begin=3)
    history.change(4, later, begin=4, versions={4: 2})
    history.send(1, tea, at_=10.05)
    history.send(2, walk, at_=20.05)
    history.send(4, later, at_=50.05)
    history.read(1, tea, begin=90, versions={1: 1})
    history.read(2, walk, begin=90)
    history.read(3, None, begin=90)
    history.read(4, later, begin=90, versions={4: 2})
    return history
