"""Planned events, in a short form."""

from datetime import UTC, datetime
from itertools import islice
from typing import Any
from uuid import UUID

from calendar_api.events.models import EventFields, EventKey
from calendar_api.events.reminders import all_reminders
from calendar_api.events.schemas import EventIn
from calendar_api.events.series import ParsedEvent
from calendar_api.planning.models import PlannedEvent

NOW = datetime(2027, 1, 1, tzinfo=UTC)
KEY = EventKey("ann", UUID("019aa0f5-7c1e-7b7e-8d0a-3f1f3c1f9b11"))


def utc(text: str) -> datetime:
    """An instant without its `Z`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def fields(start: str = "2027-01-15T09:00:00", **members: Any) -> EventFields:
    """An event of an hour in Vancouver."""
    timed = {"starts_at": start, "duration": "PT1H"}
    times = {} if "starts_on" in members else timed
    document = {"title": "x", "time_zone": "America/Vancouver"} | times | members
    return EventIn.model_validate(document).to_fields()


def planned(event: EventFields, *, sent: int = 0, written: int = 20) -> PlannedEvent:
    """An event of whose reminders some were written at the beginning, and some of those sent."""
    ahead = list(islice(all_reminders(ParsedEvent.of(event), since=NOW), written + 1))
    is_unfinished = len(ahead) > written
    return PlannedEvent(
        key=KEY,
        fields=event,
        now=NOW,
        zone_rules="202502 America/Vancouver x",
        is_due=True,
        since=NOW if is_unfinished else None,
        last=ahead[written - 1][:2] if is_unfinished else None,
        pending=ahead[sent:written],
    )
