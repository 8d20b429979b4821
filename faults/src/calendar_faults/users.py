"""Users who write into their calendars while their reminders fall due."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Final
from uuid import UUID, uuid4

from calendar_faults.checker.reminders import Reminder
from calendar_faults.client import EventsClient
from calendar_faults.contents import (
    MAX_DATES,
    ContentGenerator,
    excluding,
    lead_members,
    overriding,
)
from calendar_faults.documents import document
from calendar_faults.history import Content, Operation
from calendar_faults.recorder import Recorder
from calendar_faults.timing import KnownEvent, Timing
from calendar_faults.waiting import pause

RETRY_SECONDS: Final = 0.2

RECENT: Final = 40
"""A user chooses from this many events, however long a run is."""


@dataclass(frozen=True, slots=True)
class Behavior:
    """How busy the users of a run are."""

    pause: float = 0.35
    """Mean seconds between two actions of a user."""
    soonest: float = 0.4
    latest: float = 4.0
    """Seconds from now within which new reminders fall due."""
    racing: float = 0.03
    """The share of changes that are made just when the reminder is sent."""
    series: int = 1
    """How many times as many series, and changes of them, there are as usual."""
    retries: int = 100
    """How often a request without a clear answer is sent again."""


class User:
    """Owns events that no other user changes, and performs one action after another."""

    def __init__(
        self,
        name: str,
        *,
        client: EventsClient,
        recorder: Recorder,
        seen: set[UUID],
        behavior: Behavior,
        rng: random.Random,
    ) -> None:
        self.name = name
        self.events: dict[UUID, KnownEvent] = {}
        self._client = client
        self._recorder = recorder
        self._timing = Timing(name, recorder=recorder, seen=seen)
        self._behavior = behavior
        self._rng = rng
        self._contents = ContentGenerator(
            now=recorder.now, soonest=behavior.soonest, latest=behavior.latest, rng=rng
        )
        self._actions: list[tuple[int, Callable[[], Awaitable[None]]]] = [
            (30, self.create_one),
            (12 * behavior.series, self.create_series),
            (3 * behavior.series, self.create_daily_series),
            (6, self.create_batch),
            (4, self.create_overdue),
            (2, self.create_started),
            (3, self.create_without_reminder),
            (4, self.retry_create),
        ]
        self._actions += [
            (weight, partial(self._for_some_event, action))
            for weight, action in (
                (14, self.reschedule),
                (8, self.change_title),
                (3, self.drop_reminder),
                (8, self.delete),
                (3, self.move_away_and_back),
                (6, self.extend),
                (5, self.read),
            )
        ]
        self._actions += [
            (weight, partial(self._for_some_dates, action))
            for weight, action in (
                (8 * behavior.series, self.exclude),
                (8 * behavior.series, self.override),
            )
        ]

    async def run(self, stop: asyncio.Event) -> None:
        """Perform actions until `stop` is set."""
        weights = [weight for weight, _ in self._actions]
        while not stop.is_set():
            [(_, action)] = self._rng.choices(self._actions, weights)
            await action()
            await pause(stop, self._behavior.pause, self._rng)

    async def _for_some_event(self, action: Callable[[KnownEvent], Awaitable[None]]) -> None:
        if known := self._pick():
            await action(known)

    async def _for_some_dates(
        self, action: Callable[[KnownEvent, Sequence[datetime]], Awaitable[None]]
    ) -> None:
        if found := self._pick_dates():
            await action(*found)

    # ------------------------------------------------------------------------------ creating

    async def create_one(self) -> None:
        """An event whose reminder falls due soon."""
        await self._create({uuid4(): self._contents.event()})

    async def create_series(self) -> None:
        """Several occurrences whose reminders fall due soon."""
        await self._create({uuid4(): self._contents.series()})

    async def create_daily_series(self) -> None:
        """A series by a rule, without an end."""
        await self._create({uuid4(): self._contents.daily_series()})

    async def create_batch(self) -> None:
        """Several events at once."""
        count = self._rng.randint(2, 8)
        batch = {uuid4(): self._contents.event() for _ in range(count)}
        await self._create({**batch, uuid4(): self._contents.series()})

    async def create_overdue(self) -> None:
        """A future event whose reminder was due already: it is sent at once."""
        starts_at = self._recorder.now() + timedelta(hours=1)
        lead = timedelta(hours=self._rng.randint(2, 5))
        await self._create({uuid4(): self._contents.event(starts_at=starts_at, lead=lead)})

    async def create_started(self) -> None:
        """An event that has started: no reminder is sent."""
        starts_at = self._recorder.now() - timedelta(minutes=self._rng.randint(1, 600))
        await self._create({uuid4(): self._contents.event(starts_at=starts_at)})

    async def create_without_reminder(self) -> None:
        """An event without a reminder."""
        content = self._contents.event().model_copy(update=lead_members([]))
        await self._create({uuid4(): content})

    async def retry_create(self) -> None:
        """Repeat a create that was answered: the answer is the stored event."""
        if known := self._pick():
            await self._create({known.id: known.content})

    # ------------------------------------------------------------------------------ changing

    async def reschedule(self, known: KnownEvent) -> None:
        """Another start, other lead times, or both; of a series other lead times."""
        other = self._contents.event()
        update = lead_members([*other.leads])
        if known.content.recurrence is None:
            update["starts_at"] = other.starts_at
            if self._rng.random() < 0.5:
                update = {
                    "starts_at": self._contents.due_soon()
                    + min(known.content.leads, default=timedelta())
                }
        await self._change(known, update)

    async def change_title(self, known: KnownEvent) -> None:
        """Another title, which does not move the reminder."""
        await self._change(known, {"title": self._contents.title()})

    async def drop_reminder(self, known: KnownEvent) -> None:
        """The event stays, without its reminder."""
        await self._change(known, lead_members([]))

    async def move_away_and_back(self, known: KnownEvent) -> None:
        """Change the start twice; the second one is the old one."""
        if known.content.recurrence:
            return
        back = known.content.starts_at
        await self._change(known, {"starts_at": back + timedelta(days=30)})
        if moved := self.events.get(known.id):
            await self._change(moved, {"starts_at": back})

    async def delete(self, known: KnownEvent) -> None:
        """Delete the event and its reminder."""
        del self.events[known.id]
        await self._retry(lambda: self._client.delete(self.name, known.id))

    async def exclude(self, known: KnownEvent, dates: Sequence[datetime]) -> None:
        """One occurrence does not take place; it is deleted, or excluded by the series."""
        if len(self._timing.dates(known.content)) < 2:
            return
        date = self._rng.choice(dates)
        content = excluding(known.content, date)
        if self._rng.random() < 0.5:
            await self._change(known, {"recurrence": content.recurrence}, content)
            return
        done = await self._retry(
            lambda: self._client.exclude(self.name, known.id, content, occurrence=date)
        )
        self._remember(replace(known, content=content), done)

    async def override(self, known: KnownEvent, dates: Sequence[datetime]) -> None:
        """One occurrence gets another title, start or lead time."""
        if unchanged := [date for date in dates if date not in known.content.overrides]:
            override = self._contents.override(known.content)
            content = overriding(known.content, self._rng.choice(unchanged), override)
            await self._change(known, {"overrides": content.overrides})

    async def extend(self, known: KnownEvent) -> None:
        """If it is a series, it gets more dates."""
        if known.content.recurrence and len(known.content.recurrence.dates) < MAX_DATES:
            content = self._contents.extended(known.content)
            await self._change(known, {"recurrence": content.recurrence})

    async def read(self, known: KnownEvent) -> None:
        """Read the event."""
        await self._client.read(self.name, known.id)

    # ------------------------------------------------------------------------------- requests

    async def _create(self, events: dict[UUID, Content]) -> None:
        done = await self._retry(lambda: self._client.create(self.name, events))
        for event, content in events.items():
            self._remember(KnownEvent(event, content), done)

    async def _change(
        self, known: KnownEvent, update: dict[str, object], content: Content | None = None
    ) -> None:
        """Change some members; `content` is the result, if more follows from that."""
        content = content or known.content.model_copy(update=update)
        sent = document(content)
        # A new start without the duration would leave the end where it is.
        names = {*update, "duration"} if "starts_at" in update else set(update)
        patch = {name: sent[name] for name in names} if self._rng.random() < 0.5 else None
        done = await self._retry(
            lambda: self._client.change(self.name, known.id, content, patch=patch)
        )
        self._remember(replace(known, content=content), done)

    def _remember(self, known: KnownEvent, done: Operation) -> None:
        if done.outcome == "ok":
            self.events[known.id] = known
        else:
            self.events.pop(known.id, None)

    async def _retry(self, call: Callable[[], Awaitable[Operation]]) -> Operation:
        """Repeat a request until it has a clear answer, as a careful client does."""
        done = await call()
        for _ in range(self._behavior.retries):
            if done.outcome in {"ok", "refused"}:
                break
            await asyncio.sleep(RETRY_SECONDS)
            done = await call()
        return done

    # -------------------------------------------------------------------------------- choices

    def _recent(self) -> list[KnownEvent]:
        """The recent events, in random order."""
        recent = [*islice(reversed(self.events.values()), RECENT)]
        return self._rng.sample(recent, len(recent))

    def _pick(self) -> KnownEvent | None:
        """One of the recent events; usually none whose reminder may be in progress."""
        is_suitable = self._suitable()
        found = (each for each in self._recent() if is_suitable(self._timing.reminders(each)))
        return next(found, None)

    def _pick_dates(self) -> tuple[KnownEvent, Sequence[datetime]] | None:
        """A recent series, and the occurrences for which the same holds."""
        is_suitable = self._suitable()
        for known in self._recent():
            dates = [
                date
                for date in self._timing.dates(known.content)
                if is_suitable(self._timing.reminders(known, only=date))
            ]
            if dates:
                return known, dates
        return None

    def _suitable(self) -> Callable[[Iterable[Reminder]], bool]:
        is_racing = self._rng.random() < self._behavior.racing
        return self._timing.are_just_due if is_racing else self._timing.are_quiet
