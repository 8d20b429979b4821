"""Which reminders of an event are in progress, as far as its owner can know."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from calendar_faults.checker.occurrences import scheduled
from calendar_faults.checker.reminders import Reminder, reminders_of
from calendar_faults.history import Content, EventKey
from calendar_faults.recorder import Recorder

SAFE_MARGIN: Final = timedelta(seconds=1.5)
"""What is due this soon is not changed: the change would race with the reminder."""

RACE_WINDOW: Final = timedelta(milliseconds=200)
"""How near to its due time a reminder is when a change races with it."""

WEEK: Final = timedelta(weeks=1)
"""No reminder of a later occurrence falls due in a run."""


@dataclass(frozen=True, slots=True)
class KnownEvent:
    """An event as its owner knows it."""

    id: UUID
    content: Content


class Timing:
    """When the reminders of a user's events are due; `seen` has the IDs of those stored."""

    def __init__(self, user: str, *, recorder: Recorder, seen: set[UUID]) -> None:
        self._user = user
        self._recorder = recorder
        self._seen = seen

    def reminders(self, known: KnownEvent, *, only: datetime | None = None) -> list[Reminder]:
        """The reminders of an event, or of one of its occurrences, that may be due soon."""
        soon = self._recorder.now() + SAFE_MARGIN
        found = reminders_of(EventKey(self._user, known.id), known.content, until=soon)
        wanted = only and only.isoformat()
        return [
            reminder
            for reminder, occurrences in found.items()
            if only is None or wanted in {each.recurrence_id for each in occurrences}
        ]

    def dates(self, content: Content) -> list[datetime]:
        """When the next occurrences of a series are scheduled."""
        return sorted(scheduled(content, until=self._recorder.now().replace(tzinfo=None) + WEEK))

    def are_quiet(self, reminders: Iterable[Reminder]) -> bool:
        """Whether each is stored, or is not due soon."""
        soon = self._recorder.now() + SAFE_MARGIN
        return all(each.due > soon or each.notification_id in self._seen for each in reminders)

    def are_just_due(self, reminders: Iterable[Reminder]) -> bool:
        """Whether one is due now."""
        now = self._recorder.now()
        return any(abs(each.due - now) < RACE_WINDOW for each in reminders)
