"""How long each plan of an event was in force, in one order of its operations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from calendar_faults.plans import EventKey, Plan, plan_of
from calendar_faults.timelines import ABSENT, Timeline


@dataclass(frozen=True, slots=True)
class Window:
    """Something happened at one instant in here."""

    earliest: datetime
    latest: datetime


@dataclass(frozen=True, slots=True)
class Life:
    """One stretch in which a plan was in force. A plan that is moved away and back has several."""

    plan: Plan
    born: Window
    ended: Window | None

    @property
    def fire(self) -> Window:
        """When it could be sent first: when it was due, or written where that was later."""
        return Window(max(self.plan.due, self.born.earliest), max(self.plan.due, self.born.latest))


@dataclass(frozen=True, slots=True)
class Title:
    """A title, from the earliest to the latest instant at which it may have been current."""

    text: str
    earliest: datetime
    latest: datetime | None


@dataclass(frozen=True, slots=True)
class Course:
    """What one timeline means for reminders."""

    lives: Sequence[Life]
    titles: Sequence[Title]


def course(key: EventKey, timeline: Timeline) -> Course:
    """The lives of all plans, and the titles, in one order of an event's operations."""
    lives: list[Life] = []
    titles: list[Title] = []
    state, plan, born = ABSENT, None, None
    title_since: datetime | None = None
    for step in timeline:
        if step.state == state:
            continue
        window = Window(step.earliest, step.latest)
        if state.content and title_since:
            titles.append(Title(state.content.title, title_since, window.latest))
        state, title_since = step.state, window.earliest
        # Only another schedule, or none, ends a plan: what keeps it does not touch the reminder.
        if plan_of(key, state.content) != plan:
            if plan and born:
                lives.append(Life(plan, born, window))
            plan, born = plan_of(key, state.content), window
    if plan and born:
        lives.append(Life(plan, born, None))
    if state.content and title_since:
        titles.append(Title(state.content.title, title_since, None))
    return Course(lives, titles)
