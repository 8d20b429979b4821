"""Steps about people who create events, and what became of their reminders."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from pytest_bdd import given, parsers, then, when
from tests.kind.cluster import Cluster, CommandFailedError
from tests.kind.waiting import wait_until

from calendar_features.traffic import Person, Traffic, event

PATIENCE: Final = 300
"""Seconds: a pod is replaced, its server starts, and whoever waits for it tries again."""

NOTIFIED: Final = "SELECT event_id FROM notifications WHERE user_id = '{}'"
PENDING: Final = "SELECT count(*) FROM reminders WHERE user_id = '{}'"


@pytest.fixture
def alice(cluster: Cluster) -> Person:
    return Person(url=cluster.api_url())


@given(
    parsers.parse(
        "{people:d} people create one event after the other, with reminders that are due at once"
    ),
    target_fixture="traffic",
)
def traffic(people: int, cluster: Cluster) -> Iterator[Traffic]:
    with Traffic(people, url=cluster.api_url()) as traffic:
        yield traffic


@given(parsers.parse("Alice has {count:d} events whose reminders are due in {seconds:d} seconds"))
def has_events(count: int, seconds: int, alice: Person) -> None:
    due_at = datetime.now(UTC) + timedelta(seconds=seconds)
    for _ in range(count):
        alice.create(event(due_at))


@when(parsers.parse("each of them has created {count:d} more events"))
def created_more(count: int, traffic: Traffic) -> None:
    wanted = {person.user: len(person.created) + count for person in traffic.people}
    wait_until(
        lambda: all(len(person.created) >= wanted[person.user] for person in traffic.people),
        seconds=PATIENCE,
        what=f"{count} more events of each",
    )
    traffic.end()


@then("no request failed")
def none_failed(traffic: Traffic) -> None:
    assert [failure for person in traffic.people for failure in person.failures] == []


@then("each of them is notified of each event once")
def all_are_notified(traffic: Traffic, cluster: Cluster) -> None:
    _check_notified(cluster, traffic.people)


@then("Alice is notified of each event once")
def alice_is_notified(alice: Person, cluster: Cluster) -> None:
    _check_notified(cluster, [alice])


@then("no reminder was sent twice")
def none_sent_twice(traffic: Traffic, cluster: Cluster) -> None:
    users = {person.user for person in traffic.people}
    sent = Counter(
        record["notification_id"]
        for record in cluster.records("calendar.notifications")
        if record.get("user_id") in users
    )
    assert len(sent) == sum(len(person.created) for person in traffic.people)
    assert {each for each, times in sent.items() if times > 1} == set()


def _check_notified(cluster: Cluster, people: Sequence[Person]) -> None:
    for person in people:
        # A last reminder: when it has arrived, all that was on its way before it has.
        person.create(event(datetime.now(UTC) + timedelta(seconds=1)))
    for person in people:
        wait_until(
            lambda person=person: _rows(cluster, PENDING, person) == ["0"],  # type: ignore[misc]
            seconds=PATIENCE,
            what=f"all reminders of {person.user} sent",
        )
        wait_until(
            lambda person=person: person.created <= set(_rows(cluster, NOTIFIED, person)),  # type: ignore[misc]
            seconds=PATIENCE,
            what=f"all {len(person.created)} notifications of {person.user}",
        )
        assert sorted(_rows(cluster, NOTIFIED, person)) == sorted(person.created)


def _rows(cluster: Cluster, query: str, person: Person) -> list[str]:
    """Nothing while the database is being replaced."""
    try:
        return cluster.rows(query.format(person.user))
    except CommandFailedError:
        return []
