"""A batch is stored whole, or split until only the rows that PostgreSQL refuses are left out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

import pytest

from calendar_storer.errors import DatabaseUnavailable, RowRejected
from calendar_storer.metrics import Metrics
from calendar_storer.records import Message, Reason, Row, read
from calendar_storer.repository import Repository
from calendar_storer.service import Service
from tests.conftest import notification
from tests.unit.test_records import Record


@dataclass
class FakeRepository:
    """Refuses every title that begins with "bad"; is away from the `away_from`-th call on."""

    away_from: int = 1_000
    rows: list[Row] = field(default_factory=list)
    calls: int = 0

    async def store(self, rows: Sequence[Row]) -> list[float]:
        self.calls += 1
        if self.calls >= self.away_from:
            raise DatabaseUnavailable("gone")
        if any(row["title"].startswith("bad") for row in rows):
            raise RowRejected("CheckViolationError (23514)")
        new = [row for row in rows if row not in self.rows]
        self.rows += new
        return [0.02] * len(new)


def messages(titles: Sequence[str]) -> list[Message]:
    sent = [notification(title=title) for title in titles]
    return [Message(Record(each.encode()), each.model_dump(mode="json")) for each in sent]


def service(repository: FakeRepository, metrics: Metrics) -> Service:
    return Service(cast("Repository", repository), metrics)


async def test_one_statement_for_a_batch() -> None:
    repository = FakeRepository()
    assert await service(repository, Metrics()).store(messages(["x"] * 100)) == []
    assert repository.calls == 1
    assert len(repository.rows) == 100


@pytest.mark.parametrize("bad", [{0}, {6}, {3}, {0, 1}, {2, 5}, set(range(7))])
async def test_only_what_is_refused_is_left_out(bad: set[int]) -> None:
    repository, metrics = FakeRepository(), Metrics()
    batch = messages([("bad" if n in bad else "good") + str(n) for n in range(7)])
    dead = await service(repository, metrics).store(batch)
    assert [letter.record for letter in dead] == [batch[n].record for n in sorted(bad)]
    assert {letter.reason for letter in dead} == {Reason.REFUSED}
    assert sorted(row["title"] for row in repository.rows) == [
        f"good{n}" for n in range(7) if n not in bad
    ]
    assert metrics.registry.get_sample_value(
        "calendar_storer_notifications_stored_total"
    ) == 7 - len(bad)


async def test_poison_does_not_reach_the_database() -> None:
    repository = FakeRepository()
    poison = Record(b"poison")
    dead = await service(repository, Metrics()).store([read(poison)])
    assert [letter.record for letter in dead] == [poison]
    assert repository.calls == 0


async def test_duplicates_are_counted_and_not_timed() -> None:
    repository, metrics = FakeRepository(), Metrics()
    batch = messages(["x", "y"])
    await service(repository, metrics).store(batch)
    await service(repository, metrics).store(batch)
    sample = metrics.registry.get_sample_value
    assert sample("calendar_storer_notifications_stored_total") == 2
    assert sample("calendar_storer_duplicates_total") == 2
    assert sample("calendar_storer_end_to_end_seconds_count") == 2


async def test_an_outage_blames_no_row() -> None:
    repository = FakeRepository(away_from=2)
    with pytest.raises(DatabaseUnavailable):
        await service(repository, Metrics()).store(messages(["bad", "good"]))
