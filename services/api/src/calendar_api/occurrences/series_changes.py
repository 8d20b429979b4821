"""What becomes of a series when an occurrence is excluded, or when it is split at one."""

import json
from dataclasses import replace
from datetime import datetime

from calendar_api.errors import LastOccurrence, OccurrenceNotFound
from calendar_api.events import recurring
from calendar_api.events.models import EventFields
from calendar_api.events.overrides import Override, Overrides
from calendar_api.events.series import EventSeries
from calendar_api.recurrence import splitting
from calendar_api.recurrence.errors import NoOccurrenceError
from calendar_api.recurrence.parsing import parse
from calendar_api.recurrence.series import Occurrence, Series
from calendar_api.recurrence.wall_time import LocalTime, nearest_instant, plus, shift


def find(fields: EventFields, recurrence_id: LocalTime) -> tuple[EventSeries, Occurrence]:
    """The series of an event, and its occurrence with that ID.

    Raises:
        OccurrenceNotFound: it has none, or does not recur.
    """
    series = EventSeries.of(fields) if fields.recurrence else None
    if series is None or (occurrence := series.occurrence(recurrence_id)) is None:
        raise OccurrenceNotFound
    return series, occurrence


def without(fields: EventFields, recurrence_id: LocalTime) -> EventFields:
    """The series without an occurrence.

    Raises:
        OccurrenceNotFound: it has none with that ID.
        LastOccurrence: it has no other one.
        MemberInvalid: it has as many exceptions as it may have.
    """
    whole, _ = find(fields, recurrence_id)
    try:
        series = whole.series.excluding([recurrence_id])
    except NoOccurrenceError:
        raise LastOccurrence from None
    overrides = {id_: each for id_, each in whole.overrides.items() if id_ != recurrence_id}
    recurring.check_number(EventSeries(series=series, overrides=overrides).exceptions)
    return _fields_of(series, overrides, fields)


def with_override(
    fields: EventFields, whole: EventSeries, recurrence_id: LocalTime, override: Override
) -> EventFields:
    """The series with another override of one of its occurrences; the others stay as they are.

    Raises:
        MemberInvalid: it has as many exceptions as it may have.
    """
    overrides = {id_: each for id_, each in whole.overrides.items() if id_ != recurrence_id}
    if override != Override():
        overrides[recurrence_id] = override
    recurring.check_number(EventSeries(series=whole.series, overrides=overrides).exceptions)
    return _fields_of(whole.series, overrides, fields)


def split(fields: EventFields, at: LocalTime) -> tuple[EventFields | None, EventFields]:
    """The series before an occurrence, `None` if nothing is left of it, and the one from there on.

    Changed occurrences stay changed.

    Raises:
        OccurrenceNotFound: it has none with that ID.
    """
    whole, _ = find(fields, at)
    before, after = splitting.split(whole.series, at)
    earlier = {id_: each for id_, each in whole.overrides.items() if id_ < at}
    later = {id_: each for id_, each in whole.overrides.items() if id_ >= at}
    return (
        None if before is None else _fields_of(before, earlier, fields),
        _fields_of(after, later, fields),
    )


def _fields_of(series: Series, overrides: Overrides, fields: EventFields) -> EventFields:
    """The fields of a series that is a part of the one that `fields` are of."""
    rule: str | None = json.loads(fields.recurrence or "{}").get("rule")
    if series.rule is None:
        rule = None
    elif rule is None or parse(rule) != series.rule:
        rule = str(series.rule)
    whole = EventSeries(series=series, overrides=overrides)
    return recurring.fields_of(whole, rule, _starting_with(series, fields))


def _starting_with(series: Series, fields: EventFields) -> EventFields:
    """The fields with the times of the series' start."""
    start = series.start
    if start == (fields.starts_on or fields.local_start):
        return fields
    starts_at = nearest_instant(start, series.zone)
    if isinstance(start, datetime):
        return replace(fields, starts_at=starts_at, first_ends_at=plus(starts_at, series.duration))
    ends_on = shift(start, series.duration.days)
    return replace(
        fields,
        starts_at=starts_at,
        first_ends_at=nearest_instant(ends_on, series.zone),
        starts_on=start,
        ends_on=ends_on,
    )
