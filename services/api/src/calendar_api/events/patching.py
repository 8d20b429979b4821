"""JSON merge patches (RFC 7396) of events and occurrences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time
from typing import Any, Final

from pydantic import MISSING, BaseModel

from calendar_api import zones
from calendar_api.events.models import ALONE, EventFields
from calendar_api.events.overrides import Override
from calendar_api.events.recurring import resolve_override
from calendar_api.events.schemas import EventIn, EventPatch, OverrideIn, RecurrenceIn
from calendar_api.events.series import EventSeries, length_of
from calendar_api.recurrence.series import Occurrence
from calendar_api.recurrence.wall_time import LocalTime, date_of

_Members = dict[str, Any]

_START: Final = ("starts_at", "starts_on")
_END: Final = ("ends_at", "ends_on", "duration")
_LEADS: Final = ("notify_before", "reminders")


class _PatchedEvent(EventIn):
    """A stored event with a patch. A stored text may be older than a rule: none is checked here."""

    title: str
    description: str | None
    location: str | None


def patched(before: EventFields, patch: EventPatch) -> EventFields:
    """The fields of the patched event.

    Raises:
        ValidationError: the patch makes it invalid.
    """
    said = _said(patch)
    if said.keys() <= set(ALONE) and patch.recurrence_id is None:
        return replace(before, **said)  # A long series is not worked out again.
    series = EventSeries.of(before)
    members = _members(before, series) | {"recurrence_id": patch.recurrence_id}
    _clear_what_is_replaced(members, said, before, series)
    if isinstance(said.get("recurrence"), BaseModel):
        said["recurrence"] = _merged(members["recurrence"], said["recurrence"])
    if said.get("recurrence", members["recurrence"]) is None:
        members["overrides"] = None
    if said.get("overrides") is not None:
        said["overrides"] = _merged_overrides(members["overrides"] or {}, said["overrides"], series)
    event = _PatchedEvent.model_validate(members | said, context=before)
    return event.to_fields()


def patched_override(series: EventSeries, scheduled: Occurrence, patch: OverrideIn) -> Override:
    """What is stored of an occurrence after a patch of it.

    Raises:
        MemberInvalid: the patch makes it invalid.
    """
    id_ = scheduled.recurrence_id
    stored = series.overrides.get(id_)
    if stored is not None:
        patch = _merged_override(_override(stored), patch, series, series.occurrence(id_))
    return resolve_override(patch, scheduled, series.series, stored)


def as_input(fields: EventFields) -> EventIn:
    """A stored event as a client would send it."""
    members = _members(fields, EventSeries.of(fields))
    return _PatchedEvent.model_validate(members, context=fields)


def _said(patch: BaseModel) -> _Members:
    """The members that a patch has, `null` among them."""
    ignored = {"id", "recurrence_id", "user_id", "version", "created_at", "updated_at"}
    names = patch.model_fields_set - ignored
    return {name: value for name in names if (value := getattr(patch, name)) is not MISSING}


def _members(fields: EventFields, series: EventSeries | None) -> _Members:
    """A stored event as the values of an input."""
    recurring = series if fields.recurrence else None
    leads = fields.leads
    return {
        "title": fields.title,
        "description": fields.description,
        "location": fields.location,
        "busy": fields.busy,
        "starts_at": None if fields.starts_on else fields.starts_at,
        "ends_at": None if fields.starts_on else fields.ends_first_at,
        "starts_on": fields.starts_on,
        "ends_on": fields.ends_on,
        "time_zone": zones.zone(fields.time_zone) if fields.time_zone else None,
        "notify_before": None,
        "reminders": list(leads) or None,
        "recurrence": _recurrence(fields, recurring) if recurring else None,
        "overrides": _overrides(recurring) if recurring else None,
    }


def _recurrence(fields: EventFields, series: EventSeries) -> RecurrenceIn:
    stored = RecurrenceIn.model_validate_json(fields.recurrence or "{}")
    return RecurrenceIn.model_construct(
        rule=stored.rule,
        dates=sorted(series.series.dates) or None,
        excluded=sorted(series.series.excluded) or None,
    )


def _overrides(series: EventSeries) -> dict[LocalTime, OverrideIn]:
    return {id_: _override(each) for id_, each in series.overrides.items()}


def _override(override: Override) -> OverrideIn:
    """A stored override as an input."""
    members = override.members()
    if override.local_end is not None:
        members["starts_on"], members["ends_on"] = override.local_start, override.local_end
    elif override.start is not None:
        members["starts_at"], members["ends_at"] = override.start, override.end
    elif override.duration is not None:
        members["duration"] = override.duration
    if override.leads is not None:
        members["reminders"] = list(override.leads)
    return OverrideIn.model_construct(set(members), **members)


def _clear_what_is_replaced(
    members: _Members, said: _Members, before: EventFields, series: EventSeries | None
) -> None:
    """Clear members of the stored event in whose place the patch has another."""
    if any(name in said for name in _LEADS):
        members.update(dict.fromkeys(_LEADS))
    if _is_all_day(said, before) != (before.starts_on is not None):
        # An event of the other kind: nothing of its times stays.
        members.update(dict.fromkeys(_START + _END))
        _change_kind(members, before)
    elif said.get("duration") is not None and not {"ends_at", "ends_on"} & said.keys():
        members.update(dict.fromkeys(("ends_at", "ends_on")))
    elif _only_zone_changes(said, before):
        members.update(starts_at=before.local_start, ends_at=None, duration=length_of(before))
        members["overrides"] = _at_wall_times(members["overrides"], series)


def _is_all_day(said: _Members, before: EventFields) -> bool:
    if said.get("starts_on") is not None:
        return True
    is_timed_now = said.get("starts_at") is not None or "starts_on" in said
    return before.starts_on is not None and not is_timed_now


def _only_zone_changes(said: _Members, before: EventFields) -> bool:
    """The zone of an event that had one, so that its wall time stays."""
    zone = said.get("time_zone")
    return (
        zone is not None
        and before.local_start is not None
        and zone.key != before.time_zone
        and not said.keys() & {*_START, *_END}
    )


def _at_wall_times(
    overrides: Mapping[LocalTime, OverrideIn] | None, series: EventSeries | None
) -> dict[LocalTime, OverrideIn] | None:
    """Changed occurrences with their wall times instead of instants."""
    if series is None or overrides is None:
        return None
    changed = dict(overrides)
    for id_, each in series.overrides.items():
        if each.start and each.end and each.local_end is None:
            times = {
                "starts_at": each.local_start,
                "ends_at": None,
                "duration": each.end - each.start,
            }
            changed[id_] = overrides[id_].model_copy(update=times)
    return changed


def _change_kind(members: _Members, before: EventFields) -> None:
    """Turn additional dates of a series into wall times, or wall times into dates.

    Exceptions follow by date; changed occurrences are at the times of the series.
    """
    recurrence: RecurrenceIn | None = members["recurrence"]
    if recurrence is None:
        return
    no_times = dict.fromkeys(_START + _END)
    overrides: dict[LocalTime, OverrideIn] = members["overrides"]
    members["overrides"] = {
        id_: each.model_copy(update=no_times) for id_, each in overrides.items()
    }
    start = time() if before.local_start is None else before.local_start.time()
    dates = [
        date_of(each) if isinstance(each, datetime) else datetime.combine(each, start)
        for each in recurrence.dates or ()
    ]
    members["recurrence"] = recurrence.model_copy(update={"dates": dates})


def _merged(stored: RecurrenceIn | None, patch: RecurrenceIn) -> RecurrenceIn:
    if stored is None:
        return patch
    return stored.model_copy(update=_said(patch))


def _merged_overrides(
    stored: Mapping[LocalTime, OverrideIn],
    patch: Mapping[LocalTime, OverrideIn | None],
    series: EventSeries | None,
) -> dict[LocalTime, OverrideIn]:
    merged = dict(stored)
    for id_, change in patch.items():
        if change is None:
            merged.pop(id_, None)
        elif series is None or id_ not in stored:
            merged[id_] = change
        else:
            merged[id_] = _merged_override(stored[id_], change, series, series.occurrence(id_))
    return merged


def _merged_override(
    stored: OverrideIn, patch: OverrideIn, series: EventSeries, occurrence: Occurrence | None
) -> OverrideIn:
    """A changed occurrence with a patch of it; a new start leaves the end."""
    said = _said(patch)
    if occurrence and stored.duration is not None and any(name in said for name in _START):
        is_all_day = series.series.all_day
        end = (
            {"ends_on": series.dates_of(occurrence)[1]}
            if is_all_day
            else {"ends_at": occurrence.end}
        )
        stored = stored.model_copy(update={"duration": None} | end)
    replaced: list[str] = []
    if any(name in said for name in _LEADS):
        replaced += _LEADS
    if any(name in said for name in _END):
        replaced += _END
    return stored.model_copy(update=dict.fromkeys(replaced) | said)
