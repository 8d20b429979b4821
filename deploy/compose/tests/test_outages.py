"""The steps of outages.feature."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import psycopg
import pytest
from pytest_bdd import given, parsers, scenarios, then, when
from system import System

from calendar_features.traffic import Person, Traffic, event
from calendar_features.waiting import STANDSTILL, wait_until

scenarios("outages.feature")

PATIENCE: Final = 180
"""Seconds: Docker starts a container, its server starts, and whoever waits for it tries again."""

PUBLISHED: Final = "SELECT count(*) = 0 FROM reminders WHERE user_id = %s"
ALL_DUE: Final = "SELECT coalesce(bool_and(due_at < now()), true) FROM reminders WHERE user_id = %s"
NOTIFIED: Final = "SELECT event_id::text FROM notifications WHERE user_id = %s"


@pytest.fixture
def alice(system: System) -> Person:
    return Person(url=system.api_url())


@given(parsers.parse("the {part:w} is stopped"))
def stopped(part: str, system: System) -> None:
    system.stop(part)


@when(parsers.parse("the {part:w} is started"))
def started(part: str, system: System) -> None:
    system.start(part)


@when(parsers.parse("the {part:w} is killed"))
def killed(part: str, system: System) -> None:
    system.kill(part)


@when(parsers.parse("{part:w} is restarted"))
def restarted(part: str, system: System) -> None:
    system.restart(part)


@given(parsers.parse("Alice has {count:d} events whose reminders are due in {seconds:d} seconds"))
def has_events(count: int, seconds: int, alice: Person) -> None:
    due_at = datetime.now(UTC) + timedelta(seconds=seconds)
    for _ in range(count):
        alice.create(event(due_at))


@given("her reminders have been published")
def published(alice: Person, system: System) -> None:
    _wait_for_truth(system, PUBLISHED, alice)


@given("her reminders are due")
def are_due(alice: Person, system: System) -> None:
    _wait_for_truth(system, ALL_DUE, alice)


@given("Alice has not been notified")
def not_notified(alice: Person, system: System) -> None:
    assert _notified(system, alice) == []


@given(
    parsers.parse(
        "{people:d} people create one event after the other, with reminders that are due at once"
    ),
    target_fixture="traffic",
)
def traffic(people: int, system: System) -> Iterator[Traffic]:
    with Traffic(people, url=system.api_url()) as traffic:
        yield traffic


@when(parsers.parse("each of them has created {count:d} more events"))
def created_more(count: int, traffic: Traffic) -> None:
    wanted = {person.user: len(person.created) + count for person in traffic.people}
    wait_until(
        lambda: all(len(person.created) >= wanted[person.user] for person in traffic.people),
        seconds=PATIENCE,
        what=f"{count} more events of each",
    )
    traffic.end()


@then(parsers.parse("all requests were answered within {seconds:d} seconds"))
def answered_within(seconds: int, traffic: Traffic) -> None:
    assert max(person.slowest for person in traffic.people) < seconds + STANDSTILL


@then("no request failed")
def none_failed(traffic: Traffic) -> None:
    assert _failures(traffic) == []


@then("those that failed were answered 503")
def failed_with_503(traffic: Traffic) -> None:
    assert [failure for failure in _failures(traffic) if not failure.startswith("503 ")] == []


@then("Alice is notified of each event once")
def alice_is_notified(alice: Person, system: System) -> None:
    _check_notified(system, [alice])


@then("each of them is notified of each event once")
def all_are_notified(traffic: Traffic, system: System) -> None:
    _check_notified(system, traffic.people)


def _failures(traffic: Traffic) -> list[str]:
    return [failure for person in traffic.people for failure in person.failures]


def _check_notified(system: System, people: Sequence[Person]) -> None:
    for person in people:
        # A last reminder: when it has arrived, all that was on its way before it has.
        witness = event(datetime.now(UTC) + timedelta(seconds=1))
        person.create(witness)
        wait_until(
            lambda person=person, last=witness["id"]: last in _notified(system, person),  # type: ignore[misc]
            seconds=PATIENCE,
            what=f"the last notification of {person.user}",
        )
        _wait_for_truth(system, PUBLISHED, person)
        wait_until(
            lambda person=person: person.created <= set(_notified(system, person)),  # type: ignore[misc]
            seconds=PATIENCE,
            what=f"all {len(person.created)} notifications of {person.user}",
        )
        assert sorted(_notified(system, person)) == sorted(person.created)


def _notified(system: System, person: Person) -> list[str]:
    return [event_id for (event_id,) in system.rows(NOTIFIED, [person.user])]


def _wait_for_truth(system: System, query: str, person: Person) -> None:
    def is_so() -> bool:
        try:
            [[answer]] = system.rows(query, [person.user])
        except psycopg.OperationalError:  # the database itself is being restarted
            return False
        return bool(answer)

    wait_until(is_so, seconds=PATIENCE, what=query % person.user)
