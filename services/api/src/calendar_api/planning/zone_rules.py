"""An event under new rules of its zone: its wall time stays, its instants follow."""

import json
from dataclasses import replace
from datetime import date, datetime

from calendar_api import zones
from calendar_api.events.models import EventFields
from calendar_api.events.overrides import Override
from calendar_api.events.recurring import fields_of
from calendar_api.events.series import EventSeries, zone_of
from calendar_api.recurrence.errors import RuleError
from calendar_api.recurrence.last_day import last_day_of
from calendar_api.recurrence.series import Series
from calendar_api.recurrence.wall_time import LocalTime, plus, to_instant
from calendar_api.zones import ZoneInfo


def current_version() -> str:
    """The version of this process's zone data."""
    return _version(zones.rules_of(zones.UTC.key))


def are_outdated(rules: str | None) -> bool:
    """Whether this process has other rules of the zone, from later data."""
    return rules is not None and _version(rules) < current_version() and _are_other(rules)


def are_not_followed(rules: str | None) -> bool:
    """Whether an event is marked: it could not be changed to the rules of this version."""
    return rules is not None and _version(rules) == current_version() and _are_other(rules)


def are_newer(rules: str | None) -> bool:
    """Whether they are unknown to this process: it leaves the event to those that know them."""
    return rules is not None and _version(rules) > current_version() and _are_other(rules)


def _version(rules: str) -> str:
    return rules.partition(" ")[0]


def _are_other(rules: str) -> bool:
    _, name, digest = rules.split(" ")
    return not zones.rules_of(name).endswith(f" {digest}")


def follow(fields: EventFields, *, now: datetime) -> EventFields:
    """The event by the rules that its zone has now. Single events that have started stay."""
    if fields.recurrence is not None:
        return _follow_series(fields, fields.recurrence)
    return fields if fields.starts_at <= now else _follow_single(fields)


def _follow_single(fields: EventFields) -> EventFields:
    zone = zone_of(fields)
    if fields.starts_on and fields.ends_on:
        start, end = _instant(fields.starts_on, zone), _instant(fields.ends_on, zone)
        return replace(fields, starts_at=start, ends_at=end)
    if fields.local_start is None:
        return fields
    start = _instant(fields.local_start, zone, before=fields.starts_at)
    return replace(fields, starts_at=start, ends_at=plus(start, fields.ends_at - fields.starts_at))


def _follow_series(fields: EventFields, recurrence: str) -> EventFields:
    whole = EventSeries.of(fields)
    assert whole is not None, "an event that recurs is a series"
    series, length = whole.series, whole.series.duration
    start = _instant(series.start, series.zone)
    end = _instant(series.start + length, series.zone) if series.all_day else plus(start, length)
    overrides = {id_: _follow_moved(each, series.zone) for id_, each in whole.overrides.items()}
    followed = replace(
        whole, series=replace(series, last_day=_last_day(series)), overrides=overrides
    )
    first = replace(fields, starts_at=start, ends_at=end, first_ends_at=None)
    return fields_of(followed, json.loads(recurrence).get("rule"), first)


def _follow_moved(override: Override, zone: ZoneInfo) -> Override:
    """A changed occurrence; one that lasts all day has its dates only, and follows by itself."""
    if override.start is None or override.end is None or override.local_end is not None:
        return override
    assert override.local_start is not None, "a changed start has a wall time"
    start = _instant(override.local_start, zone, before=override.start)
    return replace(override, start=start, end=plus(start, override.end - override.start))


def _last_day(series: Series) -> date | None:
    """UNTIL in UTC may now be on another day."""
    if series.rule is None:
        return series.last_day
    try:
        return last_day_of(series.rule, series.start, series.zone)
    except RuleError:  # The first occurrence is now after UNTIL; it stays.
        return series.last_day


def _instant(local: LocalTime, zone: ZoneInfo, *, before: datetime | None = None) -> datetime:
    """The instant of a wall time: of two the first, unless the second is where it was before."""
    first = to_instant(local, zone)
    if isinstance(local, datetime) and before is not None and first is not None and first < before:
        # In a gap the second is earlier than the first.
        second = to_instant(local.replace(fold=1), zone)
        return before if second == before else first
    if first is None:
        raise OverflowError("the wall time leads out of the years 1 to 9999")
    return first
