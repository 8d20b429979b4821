"""Random contents of events and series, whose reminders fall due soon."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from calendar_faults.history import Content, Override, Recurrence
from calendar_faults.zones import ZoneInfo

LEADS: Final = [timedelta(0), *(timedelta(minutes=m) for m in (5, 60, 24 * 60, 3 * 24 * 60))]

ZONES: Final = ("UTC", "Asia/Kolkata", "America/Bogota")
"""Their clocks do not change, whenever the suite runs."""

MAX_DATES: Final = 20
"""Of a series that is extended."""

_DAY: Final = timedelta(days=1)


class ContentGenerator:
    """Makes contents whose reminders are due from `soonest` to `latest` seconds from now."""

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        soonest: float,
        latest: float,
        rng: random.Random,
    ) -> None:
        self._now = now
        self._soonest = soonest
        self._latest = latest
        self._rng = rng

    def event(self, *, starts_at: datetime | None = None, lead: timedelta | None = None) -> Content:
        """A single event, with one or several lead times."""
        leads = self.leads() if lead is None else [lead]
        return self._content(leads, starts_at or self.due_soon() + leads[-1])

    def series(self) -> Content:
        """A series of a few dates, seconds apart; some have a changed occurrence."""
        leads, zone = self.leads(), self._rng.choice(ZONES)
        first = _local(self.due_soon() + leads[0], zone)
        # The first list of reminders has all of them: the planner would continue it seconds later.
        count = 2 if leads[1:] else self._rng.randint(2, 4)
        dates = self._later_than(first, count=count)
        content = self._content(
            leads,
            first.replace(tzinfo=ZoneInfo(zone)),
            time_zone=zone,
            recurrence=Recurrence(dates=(first, *dates)),
        )
        if self._rng.random() < 0.6:
            return content
        return overriding(content, self._rng.choice(dates), self.override(content))

    def daily_series(self) -> Content:
        """An endless series: one reminder is due already, one soon, the others tomorrow or later.

        The interval is one or two days.
        """
        lead, zone = _DAY * 2 + self._rng.choice(LEADS), self._rng.choice(ZONES)
        rule, step = self._rng.choice([("FREQ=DAILY", 1), ("FREQ=DAILY;INTERVAL=2;COUNT=9", 2)])
        starts_at = self.due_soon() + lead - step * _DAY
        return self._content([lead], starts_at, time_zone=zone, recurrence=Recurrence(rule=rule))

    def extended(self, content: Content) -> Content:
        """A series with more dates, which are due soon."""
        assert content.recurrence
        zone = content.time_zone or "UTC"
        first = _local(self.due_soon() + max(content.leads, default=timedelta()), zone)
        dates = [*content.recurrence.dates, first, *self._later_than(first, count=1)]
        recurrence = content.recurrence.model_copy(update={"dates": tuple(sorted(set(dates)))})
        return content.model_copy(update={"recurrence": recurrence})

    def override(self, content: Content) -> Override:
        """Another title, start or lead time of an occurrence."""
        match self._rng.randrange(3):
            case 0:
                return Override(title=self.title())
            case 1:
                lead = max(content.leads, default=timedelta())
                return Override(starts_at=self.due_soon() + lead)
            case _:
                return Override(**lead_members(self.leads()))

    def leads(self) -> list[timedelta]:
        """One lead time, or two or three that are seconds apart."""
        lead = self._rng.choice(LEADS)
        more = self._rng.choice([[], [], [], [2], [2, 3]])
        return sorted([lead, *(lead + timedelta(seconds=each) for each in more)], reverse=True)

    def due_soon(self) -> datetime:
        """An instant at which a reminder is due."""
        return self._now() + timedelta(seconds=self._rng.uniform(self._soonest, self._latest))

    def title(self) -> str:
        """A title that no other event has."""
        return f"{self._rng.choice(['Tea', 'Zahnarzt 🦷', 'Встреча', 'X'])} {uuid4().hex[:6]}"

    def _content(self, leads: list[timedelta], starts_at: datetime, **fields: Any) -> Content:
        return Content(
            title=self.title(),
            starts_at=starts_at,
            description=self._rng.choice([None, "Bring the X-ray."]),
            **lead_members(leads),
            **fields,
        )

    def _later_than(self, first: datetime, *, count: int) -> list[datetime]:
        dates = [first]
        for _ in range(count):
            dates.append(dates[-1] + timedelta(seconds=self._rng.uniform(0.3, 1.2)))
        return dates[1:]


def lead_members(leads: list[timedelta]) -> dict[str, Any]:
    """The members of a content with these lead times, the longest first."""
    return {
        "notify_before": leads[0] if leads else None,
        "reminders": tuple(leads) if leads[1:] else None,
    }


def excluding(content: Content, date: datetime) -> Content:
    """A series without one occurrence."""
    assert content.recurrence
    excluded = tuple(sorted({*content.recurrence.excluded, date}))
    overrides = {each: change for each, change in content.overrides.items() if each != date}
    recurrence = content.recurrence.model_copy(update={"excluded": excluded})
    return content.model_copy(update={"recurrence": recurrence, "overrides": overrides})


def overriding(content: Content, date: datetime, override: Override) -> Content:
    """A series with a changed occurrence."""
    return content.model_copy(update={"overrides": {**content.overrides, date: override}})


def _local(instant: datetime, zone: str) -> datetime:
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
