"""Which reminders must, may and must not have become a notification."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Final

from calendar_faults.checker.reminders import Period, Reminder, Schedule
from calendar_faults.history import Fault, History

SLACK: Final = timedelta(milliseconds=5)
"""By how much two clocks of one machine may differ; Kafka's have milliseconds."""

RECOVERY_LIMIT: Final = timedelta(seconds=30)
"""How long after the end of the last fault a reminder may be stored."""

WAKE_UP: Final = timedelta(seconds=5)
"""How long after a frozen broker was resumed it may still write its old requests."""

IN_PROGRESS: Final = timedelta(seconds=2)
"""What could be sent this shortly before the end may still be in progress."""


class Verdict(IntEnum):
    """What the contract demands for a reminder, from the least to the most."""

    MUST_NOT = 0
    MAY = 1
    MUST = 2


class FaultWindows:
    """Times with faults. Faults that are no more than `gap` apart are one window."""

    def __init__(self, faults: Iterable[Fault], *, gap: timedelta) -> None:
        self._begins: list[datetime] = []
        self._ends: list[datetime] = []
        for fault in sorted(faults, key=lambda fault: fault.begin):
            if self._ends and fault.begin <= self._ends[-1] + gap:
                self._ends[-1] = max(self._ends[-1], fault.end)
            else:
                self._begins.append(fault.begin)
                self._ends.append(fault.end)

    def end_of_last(self, *, begun_by: datetime) -> datetime | None:
        """When the last window ended that had begun by then; `None` if there is none."""
        count = bisect_right(self._begins, begun_by)
        return self._ends[count - 1] if count else None


class Requirements:
    """What is required of each reminder in one history."""

    def __init__(self, history: History) -> None:
        self._faults = FaultWindows(history.faults, gap=timedelta())
        self._outages = FaultWindows(history.faults, gap=RECOVERY_LIMIT)
        self._caught_up = sorted(history.caught_up, key=lambda line: line.due_by)
        # The first observation of each row counts.
        by_time = sorted(history.seen, key=lambda line: line.at, reverse=True)
        self._seen = {line.notification_id: line.at for line in by_time}
        self._end = history.end.at

    def verdict(self, reminder: Reminder, schedules: Sequence[Schedule]) -> Verdict:
        """What holds in every possible schedule of the event."""
        verdicts = {
            max(
                (self._of_period(each) for each in schedule.periods_of(reminder)),
                default=Verdict(0),
            )
            for schedule in schedules
        }
        return verdicts.pop() if len(verdicts) == 1 else Verdict.MAY

    def _of_period(self, period: Period) -> Verdict:
        starts_at, begin, end = period.reminder.starts_at, period.begin, period.end
        sendable = period.sendable
        # It had started, was changed or deleted in time, or the reminder is not due yet.
        if (
            begin.earliest >= starts_at + SLACK
            or (end and end.latest < sendable.earliest - SLACK)
            or sendable.earliest > self._end
        ):
            return Verdict.MUST_NOT
        seen = self._seen.get(period.reminder.notification_id)
        if seen and (end is None or seen <= end.earliest):
            return Verdict.MUST
        if begin.latest >= starts_at - SLACK or sendable.latest > self._end - IN_PROGRESS:
            return Verdict.MAY
        # A change at the due time, or during an outage, may win or lose.
        if end and end.earliest < self.deadline(sendable.latest):
            return Verdict.MAY
        return Verdict.MUST

    def deadline(self, sendable: datetime) -> datetime:
        """By when a notification must be stored that could be sent at `sendable`."""
        outage_end = self._outages.end_of_last(begun_by=sendable + RECOVERY_LIMIT)
        deadline = max(sendable, outage_end or sendable) + RECOVERY_LIMIT
        # Nothing was left to do: what is not stored by then never will be.
        first = bisect_left(self._caught_up, sendable, key=lambda line: line.due_by)
        if first < len(self._caught_up):
            deadline = min(deadline, self._caught_up[first].at)
        return deadline

    def is_undisturbed(self, sendable: datetime) -> bool:
        """Whether there was no fault from a second before to two seconds after."""
        end = self._faults.end_of_last(begun_by=sendable + timedelta(seconds=2))
        return end is None or end < sendable - timedelta(seconds=1)
