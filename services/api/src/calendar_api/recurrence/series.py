"""A series: a start, a rule, additional and excluded dates, and the occurrences that they make."""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property
from heapq import merge
from itertools import takewhile
from typing import NamedTuple, Self

from calendar_api.recurrence.errors import (
    NoOccurrenceError,
    RecurrenceError,
    StartError,
)
from calendar_api.recurrence.expansion import days_between
from calendar_api.recurrence.last_day import last_day_of
from calendar_api.recurrence.rule import Rule
from calendar_api.recurrence.wall_time import (
    FIRST_INSTANT,
    LAST_INSTANT,
    LocalTime,
    date_of,
    first_wall_time,
    last_wall_time,
    plus,
    shift,
    to_instant,
)
from calendar_api.zones import ZoneInfo


class Occurrence(NamedTuple):
    """One occurrence, as the series schedules it. In the order of lists."""

    start: datetime
    recurrence_id: LocalTime
    """Its scheduled wall time, or its date if it lasts all day."""
    end: datetime


@dataclass(frozen=True, kw_only=True)
class Series:
    """A valid series. `Series.create` makes one; the constructor is for one that was stored."""

    start: LocalTime
    zone: ZoneInfo
    duration: timedelta
    """Exact; of an all-day series a number of days, which may be an hour longer or shorter."""
    rule: Rule | None = None
    dates: frozenset[LocalTime] = frozenset()
    excluded: frozenset[LocalTime] = frozenset()
    last_day: date | None = None
    """The day of the rule's last occurrence, from COUNT or UNTIL; None if it is endless."""

    def __post_init__(self) -> None:
        if self.last_day is None and self.rule and not self.endless:
            raise ValueError("a rule with COUNT or UNTIL needs its last day")

    @classmethod
    def create(
        cls,
        *,
        start: LocalTime,
        zone: ZoneInfo,
        duration: timedelta,
        rule: Rule | None = None,
        dates: Iterable[LocalTime] = (),
        excluded: Iterable[LocalTime] = (),
    ) -> Self:
        """A new series, without the exclusions of what does not occur.

        Raises:
            RuleError: the rule has no occurrence.
            StartError: the start is no occurrence.
            NoOccurrenceError: all of them are excluded.
        """
        every = cls(
            start=start,
            zone=zone,
            duration=duration,
            rule=rule,
            dates=frozenset(dates),
            last_day=last_day_of(rule, start, zone) if rule else None,
        )
        if any(isinstance(local, datetime) == every.all_day for local in every.dates):
            raise RecurrenceError(
                "dates", "must be dates if the start is one, and date-times otherwise"
            )
        if every.occurrence(start) is None:
            raise StartError
        return every.excluding(excluded)

    def excluding(self, excluded: Iterable[LocalTime]) -> Self:
        """This series without these occurrences; what names none is ignored.

        Raises:
            NoOccurrenceError: none is left.
        """
        more = frozenset(id_ for id_ in excluded if self.occurrence(id_))
        if not more:
            return self
        series = replace(self, excluded=self.excluded | more)
        if series.first() is None:
            raise NoOccurrenceError
        return series

    @property
    def all_day(self) -> bool:
        """Occurrences are dates rather than wall times."""
        return not isinstance(self.start, datetime)

    @property
    def endless(self) -> bool:
        """There is a rule without COUNT and UNTIL."""
        return self.rule is not None and self.rule.count is None and self.rule.until is None

    def between(self, start: datetime, end: datetime) -> Iterator[Occurrence]:
        """The occurrences that overlap [start, end), in order.

        Like an event, one overlaps if it ends after the start of the window or starts in it.
        """
        since = plus(start, -self.duration)
        first, last = first_wall_time(since, self.zone), last_wall_time(end, self.zone)
        for occurrence in self._occurrences(first, last):
            if occurrence.start >= end:
                return
            if occurrence.end > start or occurrence.start >= start:
                yield occurrence

    def between_dates(self, first: date, end: date) -> Iterator[Occurrence]:
        """The occurrences of an all-day series whose dates overlap [first, end), in order."""
        since = shift(first, 1 - self.duration.days)
        for occurrence in self._on_dates(since, end):
            if since <= occurrence.recurrence_id < end:
                yield occurrence

    def after(self, instant: datetime) -> Iterator[Occurrence]:
        """The occurrences that start after an instant, in order."""
        for occurrence in self._occurrences(first_wall_time(instant, self.zone), LAST_INSTANT):
            if occurrence.start > instant:
                yield occurrence

    def first(self) -> Occurrence | None:
        """The first occurrence that is not excluded."""
        return next(self._occurrences(FIRST_INSTANT, LAST_INSTANT), None)

    def last(self) -> Occurrence | None:
        """The last occurrence that is not excluded; None if the series is endless."""
        if self.endless:
            return None
        days = [date_of(local) for local in self.dates]
        if self.last_day:
            days.append(self.last_day)
        until = max(days, default=date_of(self.start))
        span = 366
        while True:
            since = shift(until, -span)
            last = deque(self._on_dates(since, until), maxlen=1)
            if last or since == date.min:
                return last[0] if last else None
            span *= 4

    def occurrence(self, recurrence_id: LocalTime) -> Occurrence | None:
        """The occurrence of that ID; None if there is none, or it is excluded."""
        if not self._is_scheduled(recurrence_id) or recurrence_id in self.excluded:
            return None
        occurrence = self._at(recurrence_id)
        if occurrence is None or not self._follows_a_gap(occurrence.start):
            return occurrence
        on_date = self.on(date_of(recurrence_id))
        return next((each for each in on_date if each.recurrence_id == recurrence_id), None)

    def _is_scheduled(self, local: LocalTime) -> bool:
        """Whether the rule or the dates have this ID."""
        if local in self.dates:
            return True
        day = date_of(local)
        return local in self.scheduled(day, day)

    def _follows_a_gap(self, instant: datetime) -> bool:
        """Whether the zone may have skipped a date, so that two IDs stand for this instant."""
        try:
            shortly_before = plus(instant, timedelta(hours=-26)).astimezone(self.zone)
        except OverflowError:  # In the year 0 of the zone: it has skipped nothing yet.
            return False
        return instant.astimezone(self.zone).utcoffset() != shortly_before.utcoffset()

    def on(self, day: date) -> Iterator[Occurrence]:
        """The occurrences whose ID has that date."""
        for occurrence in self._on_dates(day, day):
            if date_of(occurrence.recurrence_id) == day:
                yield occurrence

    def occurrence_at(self, instant: datetime) -> Occurrence | None:
        """The occurrence that starts at that instant; None if there is none, or it is excluded.

        Where a client names an occurrence by its instant: the wall time of that instant differs
        from the ID in a gap, and is that of two instants when it is repeated.
        """
        found = self.between(instant, plus(instant, datetime.resolution))
        return next((each for each in found if each.start == instant), None)

    def __contains__(self, recurrence_id: LocalTime) -> bool:
        return self.occurrence(recurrence_id) is not None

    def _on_dates(self, first: date, last: date) -> Iterator[Occurrence]:
        """In order: all whose IDs have these dates, and perhaps some before and after."""
        # A day more: IDs on one instant are up to 24 hours apart.
        since, until = shift(first, -1), shift(last, 1)
        return self._occurrences(datetime.combine(since, time()), datetime.combine(until, time.max))

    def _occurrences(self, first: datetime, last: datetime) -> Iterator[Occurrence]:
        """In order: all whose IDs are wall times from `first` to `last`, and perhaps some more.

        Of those on one instant only the earliest is there, so that a date which the zone skipped
        (24 hours at most) is listed once.
        """
        previous = None
        occurrences: Iterator[Occurrence] = filter(None, map(self._at, self._of_rule(first, last)))
        if self.dates:
            occurrences = merge(occurrences, self._of_dates(first.date(), last.date()))
        for occurrence in occurrences:
            if previous and occurrence.start == previous.start:
                continue
            previous = occurrence
            if not self.excluded or occurrence.recurrence_id not in self.excluded:
                yield occurrence

    def scheduled(self, first: date, last: date) -> Iterator[LocalTime]:
        """The IDs that the rule makes on these days, in order; of those that COUNT counts."""
        since, until = datetime.combine(first, time.min), datetime.combine(last, time.max)
        return self._of_rule(since, until)

    def _of_rule(self, first: datetime, last: datetime) -> Iterator[LocalTime]:
        if self.rule is None:
            return iter(())
        first_day, last_day = first.toordinal(), last.toordinal()
        clock = self.start.time() if isinstance(self.start, datetime) else None
        if clock is not None:
            first_day += clock < first.time()
            last_day -= clock > last.time()
        if self.last_day:
            last_day = min(last_day, self.last_day.toordinal())
        days = days_between(self.rule, date_of(self.start), first_day, last_day)
        dates = map(date.fromordinal, days)
        return dates if clock is None else (datetime.combine(day, clock) for day in dates)

    def _of_dates(self, first: date, last: date) -> Iterator[Occurrence]:
        dates = self._ordered_dates
        begin = bisect_left(dates, first, key=date_of)
        near = takewhile(lambda local: date_of(local) <= last, dates[begin:])
        # By instants: in a gap, the order of wall times is another.
        return iter(sorted(filter(None, map(self._at, near))))

    @cached_property
    def _ordered_dates(self) -> list[LocalTime]:
        return sorted(self.dates)

    def _at(self, local: LocalTime) -> Occurrence | None:
        """The occurrence of a wall time; None if a part of it lies outside the years 1 to 9999."""
        start = to_instant(local, self.zone)
        if start is None:
            return None
        try:
            if isinstance(local, datetime):
                return Occurrence(start, local, start + self.duration)
            end = to_instant(local + self.duration, self.zone)
        except OverflowError:
            return None
        return None if end is None else Occurrence(start, local, end)
