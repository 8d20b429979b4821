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
    """Where its answers contradict one another, those of all but the last answers."""
    courses: Sequence[Course]
    is_contradicted: bool

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
    return {key: _event(key, attempts) for key, attempts in attempts_of(operations).items()}


def _event(key: EventKey, attempts: Sequence[Attempt]) -> Event:
    found = timelines(attempts)
    known = found or _explained(attempts)
    courses = [course(key, timeline) for timeline in known]
    return Event(key, attempts, known, courses, is_contradicted=not found)


def _explained(attempts: Sequence[Attempt]) -> Sequence[Timeline]:
    """The orders that explain all but the last answers.

    What an event's last answers deny is told once, as a violation of the API; its reminders are
    judged by what was true before that.
    """
    by_end = sorted(attempts, key=lambda attempt: attempt.latest)
    for count in range(len(by_end) - 1, -1, -1):
        if found := timelines(by_end[:count]):
            return found
    return []
