"""What each event's operations amount to: the orders they may have had, and what those mean."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from calendar_faults.history import Operation
from calendar_faults.lives import Course, course
from calendar_faults.plans import EventKey, Plan
from calendar_faults.timelines import MOST, Attempt, Timeline, attempts_of, timelines


@dataclass(frozen=True, slots=True)
class Event:
    """One event of the run."""

    key: EventKey
    attempts: Sequence[Attempt]
    timelines: Sequence[Timeline]
    """None where its answers contradict one another."""
    courses: Sequence[Course]

    @property
    def is_undecided(self) -> bool:
        """Whether there are more orders than were looked at."""
        return len(self.timelines) >= MOST

    @property
    def plans(self) -> frozenset[Plan]:
        """Every plan that may have been in force at some time."""
        return frozenset(life.plan for each in self.courses for life in each.lives)


def events_of(operations: Sequence[Operation]) -> Mapping[EventKey, Event]:
    """All events that anybody did anything with."""
    return {
        key: Event(key, attempts, found, [course(key, timeline) for timeline in found])
        for key, attempts in attempts_of(operations).items()
        for found in [explained(attempts)]
    }


def explained(attempts: Sequence[Attempt]) -> Sequence[Timeline]:
    """The orders that explain every answer, or else all but the last ones.

    What an event's last answers deny is told once, as a violation of the API; its reminders are
    judged by what was true before that.
    """
    by_end = sorted(attempts, key=lambda attempt: attempt.latest)
    for count in range(len(by_end), -1, -1):
        if found := timelines(by_end[:count]):
            return found
    return []
