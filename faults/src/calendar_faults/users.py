"""Users who write into their calendars while their reminders fall due."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Final
from uuid import UUID, uuid4

from calendar_faults.checker.reminders import reminder_of
from calendar_faults.client import EventsClient, Revision, document
from calendar_faults.history import Content, EventKey, Operation
from calendar_faults.recorder import Recorder

LEADS: Final = [timedelta(0), *(timedelta(minutes=m) for m in (5, 60, 24 * 60, 3 * 24 * 60))]
RETRY_SECONDS: Final = 0.2

SAFE_MARGIN: Final = timedelta(seconds=1.5)
"""What is due this soon is not changed: the change would race with the reminder."""

RACE_WINDOW: Final = timedelta(milliseconds=200)
"""How near to its due time a reminder is when a change races with it."""

RECENT: Final = 40
"""A user chooses from this many events, however long a run is."""

WRITES_PER_EVENT: Final = 10
"""Of each writer of a pair; more have too many possible orders to be checked."""


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
    retries: int = 100
    """How often a request without a clear answer is sent again."""


@dataclass(frozen=True, slots=True)
class KnownEvent:
    """An event as its owner knows it."""

    id: UUID
    content: Content


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
        self._seen = seen
        self._behavior = behavior
        self._rng = rng
        self._actions: list[tuple[int, Callable[[], Awaitable[None]]]] = [
            (40, self.create_one),
            (6, self.create_batch),
            (4, self.create_overdue),
            (2, self.create_started),
            (3, self.create_without_reminder),
            (4, self.retry_create),
        ]
        self._actions += [
            (weight, self._for_some_event(action))
            for weight, action in (
                (14, self.reschedule),
                (8, self.change_title),
                (3, self.drop_reminder),
                (8, self.delete),
                (3, self.move_away_and_back),
                (5, self.read),
            )
        ]

    async def run(self, stop: asyncio.Event) -> None:
        """Perform actions until `stop` is set."""
        weights = [weight for weight, _ in self._actions]
        while not stop.is_set():
            [(_, action)] = self._rng.choices(self._actions, weights)
            await action()
            await _pause(stop, self._behavior.pause, self._rng)

    def _for_some_event(
        self, action: Callable[[KnownEvent], Awaitable[None]]
    ) -> Callable[[], Awaitable[None]]:
        async def act() -> None:
            if known := self._pick():
                await action(known)

        return act

    # ------------------------------------------------------------------------------ creating

    async def create_one(self) -> None:
        """An event whose reminder falls due soon."""
        await self._create({uuid4(): self._content()})

    async def create_batch(self) -> None:
        """Several events at once."""
        await self._create({uuid4(): self._content() for _ in range(self._rng.randint(2, 8))})

    async def create_overdue(self) -> None:
        """A future event whose reminder was due already: it is sent at once."""
        starts_at = self._recorder.now() + timedelta(hours=1)
        lead = timedelta(hours=self._rng.randint(2, 5))
        await self._create({uuid4(): self._content(starts_at=starts_at, lead=lead)})

    async def create_started(self) -> None:
        """An event that has started: no reminder is sent."""
        starts_at = self._recorder.now() - timedelta(minutes=self._rng.randint(1, 600))
        await self._create({uuid4(): self._content(starts_at=starts_at)})

    async def create_without_reminder(self) -> None:
        """An event without a reminder."""
        await self._create({uuid4(): self._content().model_copy(update={"notify_before": None})})

    async def retry_create(self) -> None:
        """Repeat a create that was answered: the answer is the stored event."""
        if known := self._pick():
            await self._create({known.id: known.content})

    # ------------------------------------------------------------------------------ changing

    async def reschedule(self, known: KnownEvent) -> None:
        """Another start, another lead time, or both."""
        other = self._content()
        update: dict[str, object] = {"starts_at": other.starts_at}
        if self._rng.random() < 0.5:
            update["notify_before"] = other.notify_before
        else:
            update["starts_at"] = self._due_soon() + (known.content.notify_before or timedelta())
        await self._change(known, update)

    async def change_title(self, known: KnownEvent) -> None:
        """Another title, which does not move the reminder."""
        await self._change(known, {"title": self._title()})

    async def drop_reminder(self, known: KnownEvent) -> None:
        """The event stays, without its reminder."""
        await self._change(known, {"notify_before": None})

    async def move_away_and_back(self, known: KnownEvent) -> None:
        """Change the start twice; the second one is the old one."""
        back = known.content.starts_at
        await self._change(known, {"starts_at": back + timedelta(days=30)})
        if moved := self.events.get(known.id):
            await self._change(moved, {"starts_at": back})

    async def delete(self, known: KnownEvent) -> None:
        """Delete the event and its reminder."""
        del self.events[known.id]
        await self._retry(lambda: self._client.delete(self.name, known.id))

    async def read(self, known: KnownEvent) -> None:
        """Read the event."""
        await self._client.read(self.name, known.id)

    # ------------------------------------------------------------------------------- requests

    async def _create(self, events: dict[UUID, Content]) -> None:
        done = await self._retry(lambda: self._client.create(self.name, events))
        for event, content in events.items():
            self._remember(KnownEvent(event, content), done)

    async def _change(self, known: KnownEvent, update: dict[str, object]) -> None:
        content = known.content.model_copy(update=update)
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

    def _pick(self) -> KnownEvent | None:
        """One of the recent events; usually none whose reminder may be in progress."""
        is_racing = self._rng.random() < self._behavior.racing
        wanted = self._is_just_due if is_racing else self._is_quiet
        recent = islice(reversed(self.events.values()), RECENT)
        choice = [known for known in recent if wanted(known)]
        return self._rng.choice(choice) if choice else None

    def _is_quiet(self, known: KnownEvent) -> bool:
        reminder = reminder_of(EventKey(self.name, known.id), known.content)
        if reminder is None:
            return True
        is_ahead = reminder.due > self._recorder.now() + SAFE_MARGIN
        return is_ahead or reminder.notification_id in self._seen

    def _is_just_due(self, known: KnownEvent) -> bool:
        reminder = reminder_of(EventKey(self.name, known.id), known.content)
        return reminder is not None and abs(reminder.due - self._recorder.now()) < RACE_WINDOW

    def _content(
        self, *, starts_at: datetime | None = None, lead: timedelta | None = None
    ) -> Content:
        lead = self._rng.choice(LEADS) if lead is None else lead
        return Content(
            title=self._title(),
            starts_at=starts_at or self._due_soon() + lead,
            notify_before=lead,
            description=self._rng.choice([None, "Bring the X-ray."]),
        )

    def _due_soon(self) -> datetime:
        seconds = self._rng.uniform(self._behavior.soonest, self._behavior.latest)
        return self._recorder.now() + timedelta(seconds=seconds)

    def _title(self) -> str:
        return f"{self._rng.choice(['Tea', 'Zahnarzt 🦷', 'Встреча', 'X'])} {uuid4().hex[:6]}"


class WriterPair:
    """Two clients that change the same event with If-Match; after some writes, another event."""

    def __init__(
        self,
        name: str,
        *,
        client: EventsClient,
        recorder: Recorder,
        pause: float,
        rng: random.Random,
    ) -> None:
        self.name = name
        self._client = client
        self._recorder = recorder
        self._mean_pause = pause
        self._rng = rng

    async def run(self, stop: asyncio.Event) -> None:
        """Write until `stop` is set."""
        while not stop.is_set():
            event = uuid4()
            await self._client.create(self.name, {event: self._content()})
            async with asyncio.TaskGroup() as both:
                both.create_task(self._write(event, stop))
                both.create_task(self._write(event, stop))

    async def _write(self, event: UUID, stop: asyncio.Event) -> None:
        for _ in range(WRITES_PER_EVENT):
            found = await self._client.read(self.name, event)
            if found.etag is not None:
                seen = Revision(found.versions[event], found.etag)
                await self._client.change(self.name, event, self._content(), if_match=seen)
            await _pause(stop, self._mean_pause, self._rng)
            if stop.is_set():
                return

    def _content(self) -> Content:
        # Not due during the run: pairs test the API.
        return Content(
            title=f"Ours {uuid4().hex[:6]}",
            starts_at=self._recorder.now() + timedelta(days=1),
            notify_before=timedelta(minutes=5),
        )


async def _pause(stop: asyncio.Event, mean: float, rng: random.Random) -> None:
    """Wait a random time, or until `stop` is set."""
    try:
        async with asyncio.timeout(rng.expovariate(1 / mean)):
            await stop.wait()
    except TimeoutError:
        return
