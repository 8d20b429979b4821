"""The loop: what is stored, committed and fetched again, in which order."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import cast

import pytest
from aiokafka import TopicPartition  # type: ignore[import-untyped]

from calendar_storer.config import Storer
from calendar_storer.dead_letters.writer import DeadLetterWriter
from calendar_storer.errors import (
    Aborted,
    BrokerUnavailable,
    CommitUnavailable,
    DatabaseUnavailable,
    RowRejected,
)
from calendar_storer.kafka.assignment import Assignment
from calendar_storer.kafka.broker import Broker
from calendar_storer.kafka.consumer import Batch, GroupConsumer
from calendar_storer.notifications.consumer import Consumer
from calendar_storer.notifications.records import DeadLetter, Message, Reason, Row, check
from calendar_storer.notifications.repository import Repository
from calendar_storer.observability.metrics import Metrics
from calendar_storer.observability.outages import Outages
from tests.conftest import notification
from tests.unit.test_records import Record

ZERO = TopicPartition("t", 0)


@dataclass
class FakeRepository:
    """Refuses each title that begins with "bad"; raises `errors` first."""

    errors: list[Exception] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    calls: int = 0
    may_store: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.may_store.set()

    async def prepare(self) -> None:
        return None

    async def store(self, rows: Sequence[Row]) -> list[float]:
        self.calls += 1
        await self.may_store.wait()
        if self.errors:
            raise self.errors.pop(0)
        if any(str(row["title"]).startswith("bad") for row in rows):
            raise RowRejected("CheckViolationError (23514)")
        new = [row for row in rows if row not in self.rows]
        self.rows += new
        return [0.02] * len(new)


@dataclass
class FakeDeadLetters:
    letters: list[DeadLetter] = field(default_factory=list)

    async def write(self, letters: Sequence[DeadLetter]) -> None:
        self.letters += letters


@dataclass
class FakeGroupConsumer:
    """Has one partition with so many notifications; gives two records at a time."""

    count: int
    steps: list[str]
    at_end: Callable[[], None]
    """Called when everything is fetched."""
    position: int = 0
    committed: int = 0
    fails_at: int = 1000
    refuses: bool = False

    def __post_init__(self) -> None:
        self.records = [Record(notification().encode(), offset=n) for n in range(self.count)]

    async def fetch(self) -> Batch:
        await asyncio.sleep(0)
        if self.position >= self.fails_at:
            raise BrokerUnavailable("gone")
        start = self.position
        self.position = min(start + 2, self.count)
        if start == self.position:
            self.at_end()
            return {}
        self.steps.append(f"fetch {start}")
        return {ZERO: self.records[start : self.position]}

    async def commit(self, batch: Batch) -> None:
        if self.refuses:
            raise CommitUnavailable("refused")
        if batch:
            self.committed = batch[ZERO][-1].offset + 1
            self.steps.append(f"commit {self.committed}")

    async def rewind(self) -> None:
        self.position = self.committed
        self.steps.append(f"rewind {self.position}")


@dataclass
class Parts:
    """A consumer over fakes."""

    repository: FakeRepository = field(default_factory=FakeRepository)
    dead_letters: FakeDeadLetters = field(default_factory=FakeDeadLetters)
    metrics: Metrics = field(default_factory=Metrics)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    settings: Storer = field(default_factory=Storer)
    steps: list[str] = field(default_factory=list)
    """What the group consumer was asked for."""

    def consumer(self) -> Consumer:
        return Consumer(
            broker=cast("Broker", None),
            repository=cast("Repository", self.repository),
            prepare=self.repository.prepare,
            dead_letters=cast("DeadLetterWriter", self.dead_letters),
            assignment=Assignment(self.metrics),
            outages=Outages(failures=self.metrics.failures, away=self.metrics.waiting),
            metrics=self.metrics,
            settings=self.settings,
            stop=self.stop,
        )

    def topic(self, count: int, *, fails_at: int = 1000) -> FakeGroupConsumer:
        return FakeGroupConsumer(count, self.steps, self.stop.set, fails_at=fails_at)

    async def consume(self, topic: FakeGroupConsumer) -> None:
        async with asyncio.timeout(10):
            await self.consumer().consume(cast("GroupConsumer", topic))

    def sample(self, name: str) -> float | None:
        return self.metrics.registry.get_sample_value(f"calendar_storer_{name}")


@pytest.fixture
def parts() -> Parts:
    return Parts()


def messages(*titles: str) -> list[Message]:
    sent = [notification(title=title) for title in titles]
    return [Message(Record(each.encode()), each.model_dump(mode="json")) for each in sent]


async def turns() -> None:
    """Lets all tasks run as far as they can."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_batch_is_stored_before_it_is_committed(parts: Parts) -> None:
    parts.repository.may_store.clear()
    topic = parts.topic(4)
    consuming = asyncio.create_task(parts.consume(topic))
    await turns()
    assert parts.repository.calls == 1
    assert topic.committed == 0
    parts.repository.may_store.set()
    await consuming
    assert len(parts.repository.rows) == 4
    assert topic.committed == 4


@pytest.mark.parametrize(("batch_size", "is_behind"), [(4, True), (5, False)])
async def test_storing_is_behind_while_batches_are_half_full(
    parts: Parts, batch_size: int, is_behind: bool
) -> None:
    parts.settings = Storer(batch_size=batch_size)
    parts.repository.may_store.clear()
    consumer = parts.consumer()
    consuming = asyncio.create_task(consumer.consume(cast("GroupConsumer", parts.topic(2))))
    await turns()
    assert consumer.is_behind == is_behind
    parts.repository.may_store.set()
    await consuming
    assert not consumer.is_behind


async def test_one_batch_is_fetched_ahead_and_not_the_one_after(parts: Parts) -> None:
    parts.repository.may_store.clear()
    consuming = asyncio.create_task(parts.consume(parts.topic(6)))
    await turns()
    assert parts.steps == ["fetch 0", "fetch 2"]
    parts.repository.may_store.set()
    await consuming
    assert [step for step in parts.steps if "commit" in step] == [f"commit {n}" for n in (2, 4, 6)]


@pytest.mark.parametrize("failing", [0, 1])
async def test_after_a_failed_batch_all_that_is_not_committed_is_fetched_again(
    parts: Parts, failing: int
) -> None:
    topic = parts.topic(6)
    store, calls = parts.repository.store, 0

    async def store_or_fail(rows: Sequence[Row]) -> list[float]:
        nonlocal calls
        calls += 1
        await turns()  # The next batch is fetched during the store.
        if calls == failing + 1:
            raise Aborted
        return await store(rows)

    parts.repository.store = store_or_fail  # type: ignore[method-assign]
    await parts.consume(topic)
    committed = 2 * failing
    at = parts.steps.index(f"rewind {committed}")
    assert parts.steps[at + 1] == f"fetch {committed}"
    # Each row once: the batch that was fetched ahead was dropped.
    assert parts.sample("duplicates_total") == 0
    assert parts.sample("notifications_stored_total") == 6
    assert topic.committed == 6


async def test_at_the_stop_the_batch_in_hand_is_committed_and_the_next_is_dropped(
    parts: Parts,
) -> None:
    parts.repository.may_store.clear()
    topic = parts.topic(6)
    consuming = asyncio.create_task(parts.consume(topic))
    await turns()
    parts.stop.set()
    parts.repository.may_store.set()
    await consuming
    assert len(parts.repository.rows) == 2
    assert topic.committed == 2


async def test_a_batch_that_fails_at_the_stop_is_not_committed(parts: Parts) -> None:
    topic = parts.topic(4)

    async def fail(rows: Sequence[Row]) -> list[float]:
        assert len(rows) == 2
        parts.stop.set()
        raise Aborted

    parts.repository.store = fail  # type: ignore[method-assign]
    await parts.consume(topic)
    assert topic.committed == 0
    assert not [step for step in parts.steps if "rewind" in step]


async def test_an_error_of_the_next_fetch_is_raised_after_the_batch_in_hand(parts: Parts) -> None:
    topic = parts.topic(6, fails_at=2)
    with pytest.raises(BrokerUnavailable):
        await parts.consume(topic)
    assert topic.committed == 2


async def test_a_commit_that_is_refused_holds_up_nothing(parts: Parts) -> None:
    topic = parts.topic(4)
    topic.refuses = True
    await parts.consume(topic)
    assert len(parts.repository.rows) == 4
    labels = {"dependency": "offset_commit"}
    failures = parts.metrics.registry.get_sample_value("calendar_storer_failures_total", labels)
    assert failures is not None
    assert failures >= 2


async def test_a_batch_is_one_insert(parts: Parts) -> None:
    await parts.consumer().store(messages(*["x"] * 100), [])
    assert parts.repository.calls == 1
    assert len(parts.repository.rows) == 100


@pytest.mark.parametrize("bad", [{0}, {6}, {3}, {0, 1}, {2, 5}, set(range(7))])
async def test_only_refused_rows_become_dead_letters(parts: Parts, bad: set[int]) -> None:
    batch = messages(*[("bad" if n in bad else "good") + str(n) for n in range(7)])
    await parts.consumer().store(batch, [])
    assert [letter.record for letter in parts.dead_letters.letters] == [
        batch[n].record for n in sorted(bad)
    ]
    assert {letter.reason for letter in parts.dead_letters.letters} == {Reason.REFUSED}
    assert sorted(str(row["title"]) for row in parts.repository.rows) == [
        f"good{n}" for n in range(7) if n not in bad
    ]
    assert parts.sample("notifications_stored_total") == 7 - len(bad)


async def test_poison_does_not_reach_the_database(parts: Parts) -> None:
    await parts.consumer().store(*check([Record(b"poison")]))
    assert [letter.record.value for letter in parts.dead_letters.letters] == [b"poison"]
    assert parts.repository.calls == 0


async def test_refused_rows_and_poison_of_one_batch_all_become_dead_letters(parts: Parts) -> None:
    values = [notification(title=title).encode() for title in ("good", "bad")]
    await parts.consumer().store(*check([Record(b"poison"), *map(Record, values)]))
    assert [letter.record.value for letter in parts.dead_letters.letters] == [b"poison", values[1]]
    assert [row["title"] for row in parts.repository.rows] == ["good"]


async def test_duplicates_are_counted_and_their_lateness_is_not(parts: Parts) -> None:
    batch = messages("x", "y")
    await parts.consumer().store(batch, [])
    await parts.consumer().store(batch, [])
    assert parts.sample("notifications_stored_total") == 2
    assert parts.sample("duplicates_total") == 2
    assert parts.sample("end_to_end_seconds_count") == 2


async def test_an_outage_blames_no_row(parts: Parts) -> None:
    parts.repository.errors = [DatabaseUnavailable("gone")]
    await parts.consumer().store(messages("good", "fine"), [])
    assert parts.dead_letters.letters == []
    assert len(parts.repository.rows) == 2
