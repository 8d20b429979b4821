"""When something was broken: asked for every reminder of a long run, so looked up, not searched."""

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime, timedelta

from calendar_faults.history import Fault


class Spells:
    """Stretches of time with faults; what is no more than `gap` apart is one spell."""

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
        """When the last spell ended that had begun by then; `None` where none had."""
        count = bisect_right(self._begins, begun_by)
        return self._ends[count - 1] if count else None
