"""From what a client says about a series to what is stored of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from calendar_api import zones
from calendar_api.errors import MemberInvalid
from calendar_api.events import overrides, times
from calendar_api.events.leads import leads_of
from calendar_api.events.models import ALONE, EventFields
from calendar_api.events.overrides import Override, Overrides, json_text
from calendar_api.events.series import EventSeries, length_of
from calendar_api.recurrence import parsing
from calendar_api.recurrence.errors import NoOccurrenceError, RuleError, StartError
from calendar_api.recurrence.series import Occurrence, Series
from calendar_api.recurrence.splitting import follow_by_date
from calendar_api.recurrence.wall_time import LocalTime, date_of, to_instant

if TYPE_CHECKING:
    from calendar_api.events.schemas import EventIn, OverrideIn, RecurrenceIn
    from calendar_api.zones import ZoneInfo

MAX_EXCEPTIONS: Final = 1_000
"""Additional, excluded and changed occurrences of a series, together."""
MAX_DURATION: Final = timedelta(days=366)
"""The longest occurrence of a series."""


def resolve(
    event: EventIn,
    recurrence: RecurrenceIn,
    single: EventFields,
    before: EventFields | None,
) -> EventFields:
    """The fields of a series; `single` are those of its start as a single event.

    Exceptions that name no occurrence are dropped. Those of the series that is replaced follow by
    date where the series now has another time on that date.

    Raises:
        MemberInvalid: members contradict each other, or break a rule that needs several of them.
    """
    _check_exceptions(event, recurrence)
    every = _every(event, recurrence, single, before)
    old = EventSeries.of(before) if before else None
    excluded = _excluded(recurrence.excluded or (), every, old)
    changed = _changed(event, every, old, excluded)
    try:
        series = every.excluding(excluded)
    except NoOccurrenceError as error:
        raise MemberInvalid(
            ["recurrence", "excluded"], "recurrence_empty", error.sentence
        ) from None
    return fields_of(EventSeries(series=series, overrides=changed), recurrence.rule, single)


def fields_of(whole: EventSeries, rule: str | None, single: EventFields) -> EventFields:
    """The fields of a series; `single` has those of its start, as a single event."""
    series = whole.series
    recurrence = {
        "rule": rule,
        "dates": [local.isoformat() for local in sorted(series.dates)],
        "excluded": [local.isoformat() for local in sorted(series.excluded)],
    }
    documents, moved = overrides.write(whole.overrides)
    _, end = whole.span()
    return replace(
        single,
        local_start=series.start if isinstance(series.start, datetime) else None,
        ends_at=max(end, single.starts_at),
        first_ends_at=single.ends_first_at,
        recurrence=json_text({name: value for name, value in recurrence.items() if value}),
        overrides=documents,
        moved=moved,
        last_day=series.last_day,
    )


def _check_exceptions(event: EventIn, recurrence: RecurrenceIn) -> None:
    if recurrence.rule is None and not recurrence.dates:
        raise MemberInvalid(["recurrence"], "missing", "must have a rule or dates")
    exceptions = (recurrence.dates, recurrence.excluded, event.overrides)
    check_number(sum(len(each or ()) for each in exceptions))


def check_number(exceptions: int) -> None:
    """Returns if a series may have so many additional, excluded and changed occurrences.

    Raises:
        MemberInvalid: it may not.
    """
    if exceptions > MAX_EXCEPTIONS:
        raise MemberInvalid(
            ["recurrence"],
            "too_long",
            f"must not have more than {MAX_EXCEPTIONS} dates, excluded and changed occurrences",
        )


def _every(
    event: EventIn, recurrence: RecurrenceIn, single: EventFields, before: EventFields | None
) -> Series:
    """The series without exclusions."""
    zone = event.time_zone or zones.UTC
    length = length_of(single)
    if length > MAX_DURATION:
        raise MemberInvalid(["duration"], "duration_range", "must be at most 366 days")
    all_day = single.starts_on is not None
    dates = [
        _date(value, zone, ["recurrence", "dates", index], all_day=all_day)
        for index, value in enumerate(recurrence.dates or ())
    ]
    try:
        return Series.create(
            start=single.starts_on or _local_start(single, dates, zone, before),
            zone=zone,
            duration=length,
            rule=None if recurrence.rule is None else parsing.parse(recurrence.rule),
            dates=dates,
        )
    except RuleError as error:
        raise MemberInvalid(["recurrence", "rule"], "recurrence_rule", str(error)) from None
    except StartError as error:
        raise MemberInvalid(
            ["starts_on" if all_day else "starts_at"], "recurrence_start", error.sentence
        ) from None


def _local_start(
    single: EventFields, dates: Iterable[LocalTime], zone: ZoneInfo, before: EventFields | None
) -> LocalTime:
    local, start = single.local_start, single.starts_at
    if before and local and (before.local_start, before.starts_at) == (local, start):
        return local  # Its instant may follow older rules of the zone.
    if local is None or times.is_repeated(local, start, zone):
        raise MemberInvalid(
            ["starts_at"],
            "recurrence_start",
            "must not be the second of two equal wall times: a series takes the first",
        )
    # An instant after a gap does not say which wall time it means: one of the dates may.
    return next((each for each in dates if to_instant(each, zone) == start), local)


def _date(
    value: LocalTime, zone: ZoneInfo, loc: Sequence[str | int], *, all_day: bool
) -> LocalTime:
    """An additional date, as a wall time or a date."""
    _check_kind(value, loc, all_day=all_day)
    if not isinstance(value, datetime) or value.tzinfo is None:
        return value
    local = times.wall_time(value, zone)
    if times.is_repeated(local, value, zone):
        raise MemberInvalid(
            loc, "recurrence_date", "must not be the second of two equal wall times"
        )
    return local


def _check_kind(value: LocalTime, loc: Sequence[str | int], *, all_day: bool) -> None:
    if isinstance(value, datetime) == all_day:
        kind = "a date" if all_day else "a date-time"
        raise MemberInvalid(loc, "recurrence_date", f"must be {kind}, as the event's start is")


def _excluded(
    values: Iterable[LocalTime], every: Series, old: EventSeries | None
) -> frozenset[LocalTime]:
    ids = set[LocalTime]()
    for index, value in enumerate(values):
        if old is None or value not in old.series.excluded:
            _check_kind(value, ["recurrence", "excluded", index], all_day=every.all_day)
        if isinstance(value, datetime) and value.tzinfo:
            if occurrence := every.occurrence_at(value):
                ids.add(occurrence.recurrence_id)
        else:
            ids.add(value)
    return frozenset(_named(ids, every, old.series.excluded if old else ()).values())


def _named(
    ids: Collection[LocalTime], every: Series, known: Collection[LocalTime]
) -> dict[LocalTime, LocalTime]:
    """The occurrence that each ID names; an ID that was known before names one by its date."""
    names = {id_: id_ for id_ in ids if id_ in every}
    follows = follow_by_date((id_ for id_ in ids if id_ in known and id_ not in names), every)
    return follows | names


def _changed(
    event: EventIn, every: Series, old: EventSeries | None, excluded: Collection[LocalTime]
) -> Overrides:
    changes = event.overrides or {}
    known = old.overrides if old else {}
    changed = dict[LocalTime, Override]()
    for said, id_ in _named(changes.keys(), every, known.keys()).items():
        scheduled = every.occurrence(id_)
        change = changes[said]
        if scheduled is None or change is None or id_ in excluded:
            continue
        try:
            override = resolve_override(change, scheduled, every, known.get(id_))
        except MemberInvalid as error:
            loc = ["overrides", said.isoformat(), *error.loc]
            raise MemberInvalid(loc, error.code, error.sentence) from None
        if override != Override():
            changed[id_] = override
    return changed


def resolve_override(
    change: OverrideIn, scheduled: Occurrence, series: Series, before: Override | None
) -> Override:
    """What is stored of a changed occurrence. `before` is what it replaces.

    Raises:
        MemberInvalid: members contradict each other, or break a rule that needs several of them.
    """
    override = Override(**{name: getattr(change, name) for name in ALONE})
    if series.all_day:
        override = _with_dates(override, change, scheduled, series)
    else:
        override = _with_times(override, change, scheduled, series, before)
    length = override.duration
    if override.start and override.end:
        length = override.end - override.start
    if length and length > MAX_DURATION:
        raise MemberInvalid(["duration"], "duration_range", "must be at most 366 days")
    start = override.start or scheduled.start
    return replace(override, leads=leads_of(change, start, all_day=series.all_day))


def _with_times(
    override: Override,
    change: OverrideIn,
    scheduled: Occurrence,
    series: Series,
    before: Override | None,
) -> Override:
    zone = series.zone
    if change.starts_on or change.ends_on:
        raise MemberInvalid(["starts_on"], "all_day", "is for series that last all day")
    start = scheduled.start
    if change.starts_at is not None:
        start = times.instant_of(change.starts_at, zone, "starts_at")
    end = times.end_of(change, start, zone) or scheduled.end
    if end < start:
        raise MemberInvalid(["ends_at"], "end_before_start", "must not be before starts_at")
    if start == scheduled.start:
        is_changed = end - start != series.duration
        return replace(override, duration=end - start if is_changed else None)
    local_start: LocalTime = times.wall_time(start, zone)
    if change.starts_at and change.starts_at.tzinfo is None:
        local_start = change.starts_at
    elif before and before.start == start:  # See times.work_out.
        local_start = before.local_start or local_start
    return replace(override, start=start, end=end, local_start=local_start)


def _with_dates(
    override: Override, change: OverrideIn, scheduled: Occurrence, series: Series
) -> Override:
    if change.starts_at or change.ends_at:
        raise MemberInvalid(["starts_at"], "all_day", "is not for series that last all day")
    id_ = date_of(scheduled.recurrence_id)
    first = change.starts_on or id_
    end = times.dates_of(change, first, default=id_ + series.duration)
    if first == id_:
        is_changed = end - first != series.duration
        return replace(override, duration=end - first if is_changed else None)
    start_instant, end_instant = to_instant(first, series.zone), to_instant(end, series.zone)
    if start_instant is None or end_instant is None:
        raise MemberInvalid(["starts_on"], "date_time_range", "leads out of the years 1 to 9999")
    return replace(override, start=start_instant, end=end_instant, local_start=first, local_end=end)
