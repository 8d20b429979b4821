"""Many people with a calendar each, whose reminders fall due while they change their minds."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Final
from uuid import UUID, uuid4

from calendar_faults.client import Client, document
from calendar_faults.history import Content, Operation
from calendar_faults.plans import EventKey, plan_of
from calendar_faults.recorder import Recorder

LEADS: Final = [timedelta(0), *(timedelta(minutes=m) for m in (5, 60, 24 * 60, 3 * 24 * 60))]
RETRY_SECONDS: Final = 0.2

SAFE: Final = timedelta(seconds=1.5)
"""What is due this soon is left alone: a change would race with its reminder."""

JUST: Final = timedelta(milliseconds=200)
"""How near to its due time a reminder is when a change races with it."""


LATEST: Final = 40
"""Of so many events somebody chooses, however long a run is."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How busy the people of a run are."""

    pause: float = 0.35
    """Mean seconds between two things that one does."""
    soonest: float = 0.4
    latest: float = 4.0
    """Seconds from now within which new reminders fall due."""
    racing: float = 0.03
    """The share of changes that are made just when the reminder is sent."""
    tries: int = 100
    """How often a request without a clear answer is sent again."""


@dataclass(frozen=True, slots=True)
class Known:
    """An event as its owner knows it."""

    id: UUID
    content: Content
    version: int | None


class Person:
    """Owns events that nobody else touches, and does one thing after another."""

    def __init__(
        self,
        name: str,
        *,
        client: Client,
        recorder: Recorder,
        seen: set[UUID],
        habits: Habits,
        dice: random.Random,
    ) -> None:
        self.name = name
        self.events: dict[UUID, Known] = {}
        self._client = client
        self._recorder = recorder
        self._seen = seen
        self._habits = habits
        self._dice = dice
        self._things: list[tuple[int, Callable[[], Awaitable[None]]]] = [
            (40, self.create_one),
            (6, self.create_batch),
            (4, self.create_overdue),
            (2, self.create_started),
            (3, self.create_without_reminder),
            (14, self.reschedule),
            (8, self.retitle),
            (3, self.drop_reminder),
            (8, self.delete),
            (3, self.move_away_and_back),
            (4, self.retry_create),
            (5, self.read),
        ]

    async def live(self, stop: asyncio.Event) -> None:
        """Does things until `stop` is set."""
        weights = [weight for weight, _ in self._things]
        while not stop.is_set():
            [(_, thing)] = self._dice.choices(self._things, weights)
            await thing()
            pause = self._dice.expovariate(1 / self._habits.pause)
            try:
                async with asyncio.timeout(pause):
                    await stop.wait()
            except TimeoutError:
                continue

    # ------------------------------------------------------------------------------ creating

    async def create_one(self) -> None:
        """An event whose reminder falls due soon."""
        await self._create({uuid4(): self._content()})

    async def create_batch(self) -> None:
        """Several at once."""
        await self._create({uuid4(): self._content() for _ in range(self._dice.randint(2, 8))})

    async def create_overdue(self) -> None:
        """An event that is still ahead, whose reminder was due already: it is sent at once."""
        now = self._recorder.now()
        lead = timedelta(hours=self._dice.randint(2, 5))
        await self._create({uuid4(): self._content(starts_at=now + timedelta(hours=1), lead=lead)})

    async def create_started(self) -> None:
        """An event that has begun: nobody is reminded of it."""
        starts_at = self._recorder.now() - timedelta(minutes=self._dice.randint(1, 600))
        await self._create({uuid4(): self._content(starts_at=starts_at)})

    async def create_without_reminder(self) -> None:
        """An event that asks for no reminder."""
        content = self._content()
        await self._create({uuid4(): content.model_copy(update={"notify_before": None})})

    async def retry_create(self) -> None:
        """Sends a create again that was answered already; what is stored is answered once more."""
        if known := self._pick():
            await self._create({known.id: known.content})

    # ------------------------------------------------------------------------------ changing

    async def reschedule(self) -> None:
        """Another start, another lead time, or both."""
        known = self._pick()
        if known is None:
            return
        other = self._content()
        update: dict[str, object] = {"starts_at": other.starts_at}
        if self._dice.random() < 0.5:
            update["notify_before"] = other.notify_before
        else:
            update["starts_at"] = self._due_soon() + (known.content.notify_before or timedelta())
        await self._change(known, update)

    async def retitle(self) -> None:
        """Another title, which moves no reminder."""
        if known := self._pick():
            await self._change(known, {"title": self._title()})

    async def drop_reminder(self) -> None:
        """The event stays, the reminder goes."""
        if known := self._pick():
            await self._change(known, {"notify_before": None})

    async def move_away_and_back(self) -> None:
        """Twice another start, the second one the old one."""
        known = self._pick()
        if known is None:
            return
        back = known.content.starts_at
        await self._change(known, {"starts_at": back + timedelta(days=30)})
        if moved := self.events.get(known.id):
            await self._change(moved, {"starts_at": back})

    async def delete(self) -> None:
        """The event goes, with its reminder."""
        known = self._pick()
        if known is None:
            return
        del self.events[known.id]
        await self._until_known(lambda: self._client.delete(self.name, known.id))

    async def read(self) -> None:
        """Looks at an event."""
        if known := self._pick():
            await self._client.read(self.name, known.id)

    # ------------------------------------------------------------------------------- inside

    async def _create(self, events: dict[UUID, Content]) -> None:
        done = await self._until_known(lambda: self._client.create(self.name, events))
        for event, content in events.items():
            if done.outcome == "ok":
                self.events[event] = Known(event, content, done.versions.get(event))
            else:
                self.events.pop(event, None)

    async def _change(self, known: Known, update: dict[str, object]) -> None:
        content = known.content.model_copy(update=update)
        sent = document(content)
        # A start that moves alone would leave the end where it is.
        names = {*update, "duration"} if "starts_at" in update else set(update)
        patch = {name: sent[name] for name in names} if self._dice.random() < 0.5 else None
        done = await self._until_known(
            lambda: self._client.change(self.name, known.id, content, patch=patch)
        )
        if done.outcome == "ok":
            self.events[known.id] = replace(
                known, content=content, version=done.versions.get(known.id)
            )
        else:
            self.events.pop(known.id, None)

    async def _until_known(self, call: Callable[[], Awaitable[Operation]]) -> Operation:
        """Sends the same again until it is answered for good, as a careful client does."""
        done = await call()
        for _ in range(self._habits.tries):
            if done.outcome in {"ok", "refused"}:
                break
            await asyncio.sleep(RETRY_SECONDS)
            done = await call()
        return done

    def _pick(self) -> Known | None:
        """One of the events; as a rule none whose reminder may be on its way just now."""
        is_racing = self._dice.random() < self._habits.racing
        wanted = self._is_just_due if is_racing else self._is_quiet
        # Among those that were made last: what is older was sent long ago.
        latest = list(islice(reversed(self.events.values()), LATEST))
        choice = [known for known in latest if wanted(known)]
        return self._dice.choice(choice) if choice else None

    def _is_quiet(self, known: Known) -> bool:
        plan = plan_of(EventKey(self.name, known.id), known.content)
        if plan is None:
            return True
        is_ahead = plan.due > self._recorder.now() + SAFE
        return is_ahead or plan.notification_id in self._seen

    def _is_just_due(self, known: Known) -> bool:
        plan = plan_of(EventKey(self.name, known.id), known.content)
        return plan is not None and abs(plan.due - self._recorder.now()) < JUST

    def _content(
        self, *, starts_at: datetime | None = None, lead: timedelta | None = None
    ) -> Content:
        lead = self._dice.choice(LEADS) if lead is None else lead
        return Content.model_validate(
            {
                "title": self._title(),
                "starts_at": starts_at or self._due_soon() + lead,
                "notify_before": lead,
                "description": self._dice.choice([None, "Bring the X-ray."]),
            }
        )

    def _due_soon(self) -> datetime:
        seconds = self._dice.uniform(self._habits.soonest, self._habits.latest)
        return self._recorder.now() + timedelta(seconds=seconds)

    def _title(self) -> str:
        return f"{self._dice.choice(['Tea', 'Zahnarzt 🦷', 'Встреча', 'X'])} {uuid4().hex[:6]}"
