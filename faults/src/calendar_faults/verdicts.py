"""Which plans must, may and must not have become a notification."""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Final

from calendar_faults.history import History
from calendar_faults.lives import Course, Life
from calendar_faults.plans import Plan
from calendar_faults.spells import Spells

SLACK: Final = timedelta(milliseconds=5)
"""By which two clocks of one machine may differ, Kafka's milliseconds included."""

PATIENCE: Final = timedelta(seconds=30)
"""How long after the last fault healed a reminder may come."""

MOMENT: Final = timedelta(seconds=2)
"""What could be sent so shortly before the end may be on its way. All else has been waited for."""


class Verdict(IntEnum):
    """What the contract says of a plan, in the order of how much is asked for."""

    MUST_NOT = 0
    MAY = 1
    MUST = 2


class Judge:
    """Knows when things were broken, when all was done, what was seen, and when the run ended."""

    def __init__(self, history: History) -> None:
        self._broken = Spells(history.faults, gap=timedelta())
        self._unhealed = Spells(history.faults, gap=PATIENCE)
        self._caught_up = sorted(history.caught_up, key=lambda line: line.due_by)
        # Of several sightings the first counts.
        by_time = sorted(history.seen, key=lambda line: line.at, reverse=True)
        self._seen = {line.notification_id: line.at for line in by_time}
        self._end = history.end.at

    def of_plan(self, plan: Plan, courses: Sequence[Course]) -> Verdict:
        """What holds in every possible course of the event."""
        verdicts = [
            max((self._of_life(life) for life in lives_of(plan, course)), default=Verdict.MUST_NOT)
            for course in courses
        ]
        if len(set(verdicts)) == 1:
            return verdicts[0]
        return Verdict.MAY

    def _of_life(self, life: Life) -> Verdict:
        starts_at, born, ended, fire = life.plan.starts_at, life.born, life.ended, life.fire
        # Nobody is reminded of what has started, was taken back in time, or is not due yet.
        if (
            born.earliest >= starts_at + SLACK
            or (ended and ended.latest < fire.earliest - SLACK)
            or fire.earliest > self._end
        ):
            return Verdict.MUST_NOT
        seen = self._seen.get(life.plan.notification_id)
        if seen and (ended is None or seen <= ended.earliest):
            return Verdict.MUST
        if born.latest >= starts_at - SLACK or fire.latest > self._end - MOMENT:
            return Verdict.MAY
        # A change at the due time, or while it waits for something broken, may win or lose.
        if ended and ended.earliest < self.deadline(fire.latest):
            return Verdict.MAY
        return Verdict.MUST

    def deadline(self, fire: datetime) -> datetime:
        """When a notification that could be sent at `fire` must be stored at the latest."""
        healed = self._unhealed.end_of_last(begun_by=fire + PATIENCE)
        deadline = max(fire, healed or fire) + PATIENCE
        # Nothing was left to do: what is not stored by then never will be.
        first = bisect_left(self._caught_up, fire, key=lambda line: line.due_by)
        if first < len(self._caught_up):
            deadline = min(deadline, self._caught_up[first].at)
        return deadline

    def is_undisturbed(self, fire: datetime) -> bool:
        """Whether nothing was broken from a second before to two seconds after."""
        end = self._broken.end_of_last(begun_by=fire + timedelta(seconds=2))
        return end is None or end < fire - timedelta(seconds=1)


def lives_of(plan: Plan, course: Course) -> Sequence[Life]:
    """The lives of one plan."""
    return [life for life in course.lives if life.plan == plan]
