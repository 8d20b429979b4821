"""Which reminders are still to be sent after the rules of a zone have changed."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cached_property
from itertools import takewhile
from typing import Final

from calendar_api.events import overrides
from calendar_api.events.models import EventFields
from calendar_api.events.reminders import Position, all_reminders
from calendar_api.events.series import ParsedEvent, zone_of
from calendar_api.planning.lists import in_turns, middle_of
from calendar_api.planning.models import Continuation, PlannedEvent
from calendar_api.recurrence.reminders import DueReminder
from calendar_api.recurrence.wall_time import FIRST_INSTANT, plus

MARGIN: Final = timedelta(days=2)
"""More than a zone's rules move an instant: a zone that crosses the date line, by a day."""

_DAY: Final = timedelta(days=1)


async def moved_list(event: PlannedEvent, after: ParsedEvent) -> Continuation:
    """The list of an event's reminders by new rules of its zone, in place of the one it has.

    Each reminder is sent once, though its start and so the ID of its notification are others now.
    A reminder is therefore known by its occurrence (`recurrence_id`) and lead, which rules do not
    change. By the old rules, each was in one of three parts, in this order: sent (or never to be
    sent), in the list, or beyond it. `_Parts` says which, and sent ones are left out here.

    Where the order of reminders changes, the parts may overlap, but not by more than MARGIN. So the
    new list has what was in the old one, and what lies beyond up to MARGIN after its end. All that
    follows then is beyond, and a refill goes on from there as always.
    """
    ends = [reminder.due for reminder in event.pending]
    if event.last:
        ends.append(event.last[0])
    if not ends:
        return Continuation([], None, None)
    until = plus(max(ends), MARGIN)
    ahead = all_reminders(
        after, since=FIRST_INSTANT, after=(plus(min(ends), -MARGIN), FIRST_INSTANT)
    )
    found = await in_turns(takewhile(lambda reminder: reminder.due <= until, ahead))
    parts = _Parts(event, after)
    reminders = [reminder for reminder in found if parts.is_pending(reminder)]
    last = found[-1][:2] if found else event.last
    if event.last is None or last is None or not _has_more(after, last):
        return Continuation(reminders, None, None)
    return Continuation(reminders, last, max(middle_of(reminders, event.now), event.now))


def _has_more(event: ParsedEvent, last: Position) -> bool:
    return next(all_reminders(event, since=FIRST_INSTANT, after=last), None) is not None


class _Parts:
    """In which part of the old order a reminder of the new order was.

    What is in the list is known. What is not was beyond its end (the position `last`) if its old
    due time and start were later. The old start is known of an occurrence that was moved to a start
    of its own. Of all others, the reminders with one lead are in the order of their occurrences,
    under any rules: beyond are those after the last one with this lead in the list.

    If there is none (the planner was late, and nearly all that was written is sent), the old start
    is taken to be the new one, or to differ by as much as at the end of the list. The later of the
    two counts. Near that end, a reminder may then be sent a second time rather than never.
    """

    def __init__(self, event: PlannedEvent, after: ParsedEvent) -> None:
        self._event = event
        self._after = after
        self._listed = {(each.recurrence_id, each.lead) for each in event.pending}
        self._moved = {
            id_: override.start
            for id_, override in _overrides(event.fields).items()
            if override.start and override.local_end is None
        }
        unmoved = [each for each in event.pending if each.recurrence_id not in self._moved]
        self._last_ids = {each.lead: each.recurrence_id for each in unmoved}

    def is_pending(self, reminder: DueReminder) -> bool:
        """Whether the reminder is to be sent: it was in the list, or beyond it."""
        if (reminder.recurrence_id, reminder.lead) in self._listed:
            return True
        if self._event.last is None or reminder.recurrence_id is None:
            return False
        id_, lead = reminder.recurrence_id, reminder.lead
        start = self._moved.get(id_)
        if start is None and (last_id := self._last_ids.get(lead)):
            return id_ > last_id
        start = start or max(reminder.start, plus(reminder.start, -self._change))
        return (plus(start, -lead), start) > self._event.last

    @cached_property
    def _change(self) -> timedelta:
        """By how much the start of the last occurrence in the list is later now."""
        assert self._event.last is not None, "only used for what is beyond the list"
        _, old_start = self._event.last
        near = (each - old_start for each in self._starts_near(old_start))
        return min(near, key=abs, default=timedelta())

    def _starts_near(self, instant: datetime) -> Iterator[datetime]:
        whole = self._after.series
        assert whole is not None, "a single event has nothing beyond its list"
        starts = (each.start for each in whole.series.after(plus(instant, -_DAY)))
        return takewhile(lambda start: start <= plus(instant, _DAY), starts)


def _overrides(fields: EventFields) -> overrides.Overrides:
    return overrides.read(fields.overrides, fields.moved, zone_of(fields))
