"""Lists of reminders that are written ahead: how far, and when to write more."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from calendar_api.events.plans import half_sent_at
from calendar_api.events.reminders import all_reminders
from calendar_api.events.series import ParsedEvent
from calendar_api.planning.models import Continuation, PlannedEvent
from calendar_api.recurrence.reminders import DueReminder
from calendar_api.web.turns import Turns

LIST_LENGTH: Final = 80
"""Most reminders of an event that wait to be sent; more would not fit into their row."""
REFILL_PAUSE: Final = timedelta(seconds=1)
"""Between two refills of a list that is sent as fast as it is written."""
FULL_PAUSE: Final = timedelta(minutes=1)
"""Until the next look at a list of which nothing is sent although it is due."""


async def continued(event: PlannedEvent) -> Continuation:
    """The reminders that follow what is written, as many as make the list full."""
    if event.since is None or event.last is None:
        return Continuation([], None, None)
    room = LIST_LENGTH - len(event.pending)
    if room <= 0:
        half_left = event.pending[-LIST_LENGTH // 2].due
        return Continuation([], event.last, max(half_left, event.now + FULL_PAUSE))
    ahead = all_reminders(ParsedEvent.of(event.fields), since=event.since, after=event.last)
    reminders = await in_turns(islice(ahead, room + 1))
    if len(reminders) <= room:
        return Continuation(reminders, None, None)
    reminders.pop()
    refill_at = max(middle_of([*event.pending, *reminders], event.now), event.now + REFILL_PAUSE)
    return Continuation(reminders, reminders[-1][:2], refill_at)


def middle_of(reminders: Sequence[DueReminder], now: datetime) -> datetime:
    """When half of the reminders are sent; now, if there are none."""
    return half_sent_at(reminders) if reminders else now


async def in_turns(reminders: Iterable[DueReminder]) -> list[DueReminder]:
    """All of the reminders; while they are worked out, other requests are answered."""
    found = []
    turns = Turns()
    for reminder in reminders:
        found.append(reminder)
        await turns.pause()
    return found
