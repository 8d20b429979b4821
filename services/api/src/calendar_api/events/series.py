"""An event that recurs or lasts all day: its occurrences, the changed ones among them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from heapq import merge
from typing import Any, Final, Self

from calendar_api import zones
from calendar_api.events import overrides
from calendar_api.events.models import EventFields
from calendar_api.events.overrides import Override, Overrides
from calendar_api.recurrence import parsing
from calendar_api.recurrence.reminders import ChangedOccurrence
from calendar_api.recurrence.series import Occurrence, Series
from calendar_api.recurrence.wall_time import (
    LocalTime,
    plus,
    shift,
    to_instant,
)
from calendar_api.zones import ZoneInfo

FOREVER: Final = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
"""The end of a series without one, and the latest end that is stored of any series."""


@dataclass(frozen=True, kw_only=True)
class EventSeries:
    """A series with its changed occurrences. A single all-day event is one of one occurrence.

    Occurrences have the times at which they take place.
    """

    series: Series
    overrides: Overrides

    @classmethod
    def of(cls, fields: EventFields) -> Self | None:
        """The series of an event; `None` for a single one with a time of day."""
        start = fields.starts_on or fields.local_start
        if start is None or (fields.recurrence is None and fields.starts_on is None):
            return None
        zone = zone_of(fields)
        return cls.read(
            start=start,
            zone=zone,
            duration=length_of(fields),
            recurrence={} if fields.recurrence is None else json.loads(fields.recurrence),
            changed=overrides.read(fields.overrides, fields.moved, zone),
            last_day=fields.last_day,
        )

    @classmethod
    def read(
        cls,
        *,
        start: LocalTime,
        zone: ZoneInfo,
        duration: timedelta,
        recurrence: Mapping[str, Any],
        changed: Overrides,
        last_day: date | None,
    ) -> Self:
        """The series that these values say; without `recurrence`, the single event of its start."""
        rule = recurrence.get("rule")
        dates = recurrence.get("dates", ()) if recurrence else (start.isoformat(),)
        series = Series(
            start=start,
            zone=zone,
            duration=duration,
            rule=parsing.parse(rule) if rule else None,
            dates=frozenset(map(overrides.local_time, dates)),
            excluded=frozenset(map(overrides.local_time, recurrence.get("excluded", ()))),
            last_day=last_day,
        )
        return cls(series=series, overrides=changed)

    def between(self, start: datetime, end: datetime) -> Iterator[Occurrence]:
        """The occurrences that overlap [start, end), in order."""
        if not self.overrides:
            return self.series.between(start, end)
        moved = (
            each
            for each in self._moved
            if each.start < end and (each.end > start or each.start >= start)
        )
        return merge(self._unmoved.between(start, end), moved)

    def between_dates(self, first: date, end: date) -> Iterator[Occurrence]:
        """The occurrences of an all-day series whose dates overlap [first, end), in order."""
        moved = (
            each
            for each in self._moved
            if (dates := self.dates_of(each))[0] < end and dates[1] > first
        )
        return merge(self._unmoved.between_dates(first, end), moved)

    def dates_of(self, occurrence: Occurrence) -> tuple[date, date]:
        """The first date of an occurrence that lasts all day, and the date after its last one."""
        override = self.override_of(occurrence)
        if override and override.local_start and override.local_end:
            return override.local_start, override.local_end
        length = (override and override.duration) or self.series.duration
        return occurrence.recurrence_id, shift(occurrence.recurrence_id, length.days)

    def occurrence(self, recurrence_id: LocalTime) -> Occurrence | None:
        """The occurrence of that ID; None if there is none, or it is excluded."""
        scheduled = self.series.occurrence(recurrence_id)
        return scheduled and self._take_place(scheduled)

    def override_of(self, occurrence: Occurrence) -> Override | None:
        """What is changed in the occurrence, if anything is."""
        return self.overrides.get(occurrence.recurrence_id)

    def span(self) -> tuple[datetime, datetime]:
        """When the first occurrence starts, and when the last one ends."""
        starts, ends = [each.start for each in self._moved], [each.end for each in self._moved]
        if first := self._unmoved.first():
            starts.append(first.start)
        if self.series.endless:
            ends.append(FOREVER)
        elif last := self._unmoved.last():
            ends.append(last.end)
        return min(starts), min(max(ends), FOREVER)

    @property
    def exceptions(self) -> int:
        """The number of additional, excluded and changed occurrences."""
        return len(self.series.dates) + len(self.series.excluded) + len(self.overrides)

    @property
    def changed(self) -> Mapping[LocalTime, ChangedOccurrence]:
        """What is changed in starts and lead times."""
        return {
            id_: ChangedOccurrence(each.start, each.leads)
            for id_, each in self.overrides.items()
            if each.start is not None or each.leads is not None
        }

    @cached_property
    def _unmoved(self) -> Series:
        """The series without the occurrences that have other times."""
        moved = {id_ for id_, override in self.overrides.items() if override.changes_times}
        if not moved:
            return self.series
        return replace(self.series, excluded=self.series.excluded | moved)

    @cached_property
    def _moved(self) -> list[Occurrence]:
        zone = self.series.zone
        return sorted(
            self._take_place(Occurrence(to_instant(id_, zone) or FOREVER, id_, FOREVER))
            for id_, override in self.overrides.items()
            if override.changes_times
        )

    def _take_place(self, scheduled: Occurrence) -> Occurrence:
        """The occurrence at the times that it has."""
        override = self.override_of(scheduled)
        start, id_, end = scheduled
        if override and override.start and override.end:
            start, end = override.start, override.end
        elif override and override.duration is not None:
            end = self._end(start, id_, override.duration)
        return Occurrence(start, id_, end)

    def _end(self, start: datetime, id_: LocalTime, duration: timedelta) -> datetime:
        if not self.series.all_day:
            return plus(start, duration)
        return to_instant(shift(id_, duration.days), self.series.zone) or FOREVER


def zone_of(fields: EventFields) -> ZoneInfo:
    """The zone that the event is planned in. Without one, all-day events are in UTC."""
    return zones.zone(fields.time_zone) if fields.time_zone else zones.UTC


def length_of(fields: EventFields) -> timedelta:
    """The duration: exact, or whole days of an event that lasts all day."""
    if fields.starts_on and fields.ends_on:
        return fields.ends_on - fields.starts_on
    return fields.ends_first_at - fields.starts_at


@dataclass(frozen=True, slots=True)
class ParsedEvent:
    """An event with its series, which is parsed once for all that follows from it."""

    fields: EventFields
    series: EventSeries | None

    @classmethod
    def of(cls, fields: EventFields) -> Self:
        """The event with these fields."""
        return cls(fields, EventSeries.of(fields))
