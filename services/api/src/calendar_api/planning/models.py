"""What the planner works on: an event, and what is planned of it."""

from dataclasses import dataclass
from datetime import datetime

from calendar_api.events.models import EventFields, EventKey
from calendar_api.events.reminders import Position
from calendar_api.recurrence.reminders import DueReminder


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedEvent:
    """A locked event, with its schedule and the reminders that are still to be sent."""

    key: EventKey
    fields: EventFields
    now: datetime
    """The database's time."""
    zone_rules: str | None
    is_due: bool
    """More reminders are to be written now."""
    since: datetime | None
    """When the event was written; `None` where no reminders follow."""
    last: Position | None
    """The last reminder that was written; `None` where no more follow."""
    pending: list[DueReminder]
    """The reminders that are written and not sent, in order."""


@dataclass(frozen=True, slots=True)
class Continuation:
    """Reminders to write, and how to go on later."""

    reminders: list[DueReminder]
    last: Position | None
    """The last reminder that is written; `None` where no more follow."""
    refill_at: datetime | None
