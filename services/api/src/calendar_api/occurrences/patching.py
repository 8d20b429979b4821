"""JSON merge patches (RFC 7396) of single occurrences."""

from typing import Any, Final

from pydantic_core import from_json

from calendar_api.errors import MemberInvalid
from calendar_api.events.leads import leads_of
from calendar_api.events.models import EventFields
from calendar_api.events.overrides import Override
from calendar_api.events.patching import patched_override
from calendar_api.events.schemas import OverrideIn
from calendar_api.events.series import EventSeries
from calendar_api.occurrences.schemas import OccurrencePatch
from calendar_api.occurrences.series_changes import find, with_override
from calendar_api.recurrence.series import Occurrence
from calendar_api.recurrence.wall_time import LocalTime

_LEADS: Final = {"notify_before", "reminders"}
_ENDS: Final = {"ends_at", "ends_on", "duration"}


def patched_occurrence(
    fields: EventFields, recurrence_id: LocalTime, patch: OccurrencePatch
) -> EventFields:
    """The fields of the series with a patched occurrence.

    Raises:
        OccurrenceNotFound: there is no such occurrence.
        MemberInvalid: the patch makes it invalid.
    """
    series, occurrence = find(fields, recurrence_id)
    _check_series(patch, fields)
    said = _said(patch)
    said = _without_other_kind(said, series, occurrence)
    if {said.get(name) for name in _ENDS & said.keys()} == {None} and "duration" in said:
        said["duration"] = series.series.duration
    said = _without_what_is_so(said, patch, fields, series, occurrence)
    if not said:
        return fields
    change = OverrideIn.model_construct(set(said), **said)
    scheduled = series.series.occurrence(recurrence_id)
    assert scheduled is not None, "it was found"
    return with_override(fields, series, recurrence_id, patched_override(series, scheduled, change))


def _check_series(patch: OccurrencePatch, fields: EventFields) -> None:
    zone, recurrence = patch.time_zone, patch.recurrence
    if zone is not None and zone.key != fields.time_zone:
        raise _immutable("time_zone")
    if recurrence is not None:
        # Exclusions change with the occurrences: those of a document are soon old.
        stored = from_json(fields.recurrence or "{}")
        if any(recurrence.get(name) != stored.get(name) for name in ("rule", "dates")):
            raise _immutable("recurrence")


def _immutable(member: str) -> MemberInvalid:
    return MemberInvalid([member], "immutable", "cannot be changed here: it is the series'")


def _said(patch: OccurrencePatch) -> dict[str, Any]:
    """The members that an occurrence may have instead of the series, `null` among them."""
    names = patch.model_fields_set & OverrideIn.model_fields.keys()
    return {name: getattr(patch, name) for name in names}


def _without_other_kind(
    said: dict[str, Any], series: EventSeries, occurrence: Occurrence
) -> dict[str, Any]:
    """Leave out times of the other kind that say nothing, such as all-day events' instants."""
    if series.series.all_day:
        nothing = {"starts_at": {None, occurrence.start}, "ends_at": {None, occurrence.end}}
    else:
        nothing = {"starts_on": {None}, "ends_on": {None}}
    return {name: value for name, value in said.items() if value not in nothing.get(name, ())}


def _without_what_is_so(
    said: dict[str, Any],
    patch: OccurrencePatch,
    fields: EventFields,
    series: EventSeries,
    occurrence: Occurrence,
) -> dict[str, Any]:
    """Leave out what the occurrence has already, so that the series still decides it."""
    override = series.override_of(occurrence)
    if override is None:
        override = Override()
        said = {name: value for name, value in said.items() if value is not None}
    has = {
        "title": fields.title,
        "description": fields.description,
        "location": fields.location,
        "busy": fields.busy is not False,
    } | override.members()
    is_so = {name for name, value in has.items() if value is not None and said.get(name) == value}
    leads = leads_of(patch, occurrence.start, all_day=series.series.all_day)
    current = fields.leads if override.leads is None else override.leads
    if leads is not None and set(leads) == set(current):
        is_so |= _LEADS
    return {name: value for name, value in said.items() if name not in is_so}
