"""The JSON of an occurrence, made of the JSON of its series."""

from collections.abc import Mapping
from typing import Any

from pydantic_core import from_json, to_json

from calendar_api.events.overrides import Override, lead_members, utc_text
from calendar_api.events.series import EventOccurrence, EventSeries
from calendar_api.values import durations


def occurrence_document(
    document: bytes | Mapping[str, Any], series: EventSeries, occurrence: EventOccurrence
) -> bytes:
    """The series' document with what is different in this occurrence; `recurrence_id` is last."""
    members = from_json(document) if isinstance(document, bytes) else dict(document)
    members["starts_at"] = utc_text(occurrence.start)
    members["ends_at"] = utc_text(occurrence.end)
    length = occurrence.end - occurrence.start
    if series.series.all_day:
        first, end = series.dates_of(occurrence)
        members |= {"starts_on": first.isoformat(), "ends_on": end.isoformat()}
        length = end - first
    override = occurrence.override
    if override is not None:
        if override.changes_times:
            members["duration"] = durations.to_text(length)
        _apply(override, members)
    members["recurrence_id"] = occurrence.recurrence_id.isoformat()
    return to_json(members)


def _apply(override: Override, members: dict[str, Any]) -> None:
    """Puts the override's members in place of the series'."""
    members |= override.members()
    if override.busy:
        del members["busy"]  # It is shown only where it is false.
    if override.leads is not None:
        # Without reminders, `reminders` is shown: `notify_before: null` alone is as the series.
        members.pop("reminders", None)
        members["notify_before"] = None
        members |= lead_members(override.leads)
