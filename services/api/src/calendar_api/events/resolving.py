"""From what a client says about an event to what is stored, with all that follows worked out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calendar_api.errors import MemberInvalid
from calendar_api.events import recurring, times
from calendar_api.events.leads import leads_of
from calendar_api.events.models import EventFields
from calendar_api.events.overrides import json_text
from calendar_api.values import durations

if TYPE_CHECKING:
    from calendar_api.events.schemas import EventIn


def resolve(event: EventIn, before: EventFields | None = None) -> EventFields:
    """What is stored of an event. `before` is what it replaces, if it does.

    Raises:
        MemberInvalid: members contradict each other, or break a rule that needs several of them.
    """
    if event.recurrence_id is not None:
        raise MemberInvalid(
            ["recurrence_id"],
            "recurrence_id",
            "names one occurrence: send it to /v1/events/{id}/occurrences/{recurrence_id}",
        )
    if event.recurrence and not (event.time_zone or event.starts_on):
        raise MemberInvalid(["time_zone"], "missing", "is required with recurrence")
    worked_out = times.work_out(event, event.time_zone, before)
    all_day = worked_out.starts_on is not None
    leads = leads_of(event, worked_out.starts_at, all_day=all_day) or ()
    fields = EventFields(
        title=event.title,
        description=event.description,
        starts_at=worked_out.starts_at,
        ends_at=worked_out.ends_at,
        notify_before=max(leads, default=None),
        location=event.location,
        busy=event.busy,
        reminders=json_text([durations.to_text(lead) for lead in leads]) if leads[1:] else None,
        time_zone=None if event.time_zone is None else event.time_zone.key,
        starts_on=worked_out.starts_on,
        ends_on=worked_out.ends_on,
        local_start=worked_out.local_start,
    )
    if event.recurrence is not None:
        return recurring.resolve(event, event.recurrence, fields, before)
    if event.overrides:
        raise MemberInvalid(["overrides"], "recurrence", "needs recurrence")
    return fields
