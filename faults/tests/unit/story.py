"""Tells histories: what users did, and what a Calendar that keeps its promises makes of it."""

import base64
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from calendar_faults.history import (
    Call,
    CaughtUp,
    Content,
    DeadLetter,
    End,
    Fault,
    History,
    Line,
    Operation,
    Outcome,
    Poison,
    Record,
    Row,
)
from calendar_faults.plans import EventKey, Plan

T0 = datetime(2026, 11, 23, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """An instant of the story."""
    return T0 + timedelta(seconds=seconds)


def event_id(number: int) -> UUID:
    return UUID(int=number)


def content(due: float, *, title: str = "Tea", lead: float = 3600) -> Content:
    """What an event says that is due at `due`."""
    return Content(title=title, starts_at=at(due + lead), notify_before=timedelta(seconds=lead))


class Story:
    """Collects lines; each operation takes 20 ms."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.end_at = 100.0
        self.left: dict[str, Any] = {}

    def does(
        self,
        call: Call,
        events: dict[int, Content | None],
        *,
        begin: float,
        outcome: Outcome = "ok",
        status: int | None = None,
        versions: dict[int, int] | None = None,
        if_match: int | None = None,
        took: float = 0.02,
    ) -> Operation:
        operation = Operation(
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
        )
        self.lines.append(operation)
        return operation

    def creates(self, number: int, what: Content, *, begin: float, **options: Any) -> None:
        self.does("create", {number: what}, begin=begin, **options)

    def changes(self, number: int, what: Content, *, begin: float, **options: Any) -> None:
        self.does("change", {number: what}, begin=begin, **options)

    def deletes(self, number: int, *, begin: float, **options: Any) -> None:
        self.does("delete", {number: None}, begin=begin, **options)

    def reads(self, number: int, what: Content | None, *, begin: float, **options: Any) -> None:
        self.does("read", {number: what}, begin=begin, **options)

    def delivers(
        self, number: int, what: Content, *, sent: float, stored: float | None = None
    ) -> None:
        """A record, and its row a moment later."""
        said = said_of(number, what)
        self.lines.append(Record(**said, partition=0, offset=len(self.lines), appended=at(sent)))
        if not any(
            isinstance(line, Row)
            and line.event_id == said["event_id"]
            and line.notification_id == said["notification_id"]
            for line in self.lines
        ):
            self.lines.append(Row(**said, stored_at=at(stored or sent + 0.01)))

    def breaks(self, name: str, begin: float, end: float, *excuses: str) -> None:
        self.lines.append(
            Fault.model_validate(
                {"name": name, "begin": at(begin), "end": at(end), "excuses": excuses}
            )
        )

    def catches_up(self, *, due_by: float, noted: float) -> None:
        self.lines.append(CaughtUp(due_by=at(due_by), at=at(noted)))

    def poisons(self, value: bytes | None) -> None:
        text = None if value is None else base64.b64encode(value)
        self.lines.append(Poison.model_validate({"key": None, "value": text}))
        self.lines.append(DeadLetter.model_validate({"key": None, "value": text}))

    def told(self) -> History:
        return history_of(self.lines, self.end_at, **self.left)


def said_of(number: int, what: Content) -> dict[str, Any]:
    """What a notification of this content says."""
    assert what.notify_before is not None
    plan = Plan(EventKey("ann", event_id(number)), what.starts_at, what.notify_before)
    return {
        "notification_id": plan.notification_id,
        "event_id": event_id(number),
        "title": what.title,
        "event_date": what.starts_at,
        "user_id": "ann",
        "notify_at": plan.due,
    }


def history_of(lines: Sequence[Line], end: float, **left: Any) -> History:
    return History([*lines, End(at=at(end), **left)])


def a_good_day() -> Story:
    """Two reminders are delivered; a third event is deleted in time, a fourth is moved."""
    story = Story()
    tea, walk, gym, call = content(10), content(20, title="Walk"), content(30), content(40)
    later = content(50)
    story.creates(1, tea, begin=0, versions={1: 1})
    story.does("create", {2: walk, 3: gym}, begin=1, versions={2: 1, 3: 1})
    story.creates(4, call, begin=2)
    story.deletes(3, begin=3)
    story.changes(4, later, begin=4, versions={4: 2})
    story.delivers(1, tea, sent=10.05)
    story.delivers(2, walk, sent=20.05)
    story.delivers(4, later, sent=50.05)
    story.reads(1, tea, begin=90, versions={1: 1})
    story.reads(2, walk, begin=90)
    story.reads(3, None, begin=90)
    story.reads(4, later, begin=90, versions={4: 2})
    return story
