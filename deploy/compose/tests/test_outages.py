"""Steps of outages.feature."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import psycopg
import pytest
from pytest_bdd import given, parsers, scenarios, then, when
from system import System

from calendar_features.traffic import Client, Traffic, event
from calendar_features.waiting import STALL_ALLOWANCE, wait_until

scenarios("outages.feature")

TIMEOUT: Final = 180
"""Seconds for a container and its server to start, and for clients to reconnect."""

PUBLISHED: Final = "SELECT count(*) = 0 FROM reminders WHERE user_id = %s"
ALL_DUE: Final = "SELECT coalesce(bool_and(due_at < now()), true) FROM reminders WHERE user_id = %s"
NOTIFIED: Final = "SELECT event_id::text FROM notifications WHERE user_id = %s"


@pytest.fixture
def alice(system: System) -> Client:
    return Client(url=system.api_url())


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
def has_events(count: int, seconds: int, alice: Client) -> None:
    due_at = datetime.now(UTC) + timedelta(seconds=seconds)
    for _ in range(count):
        alice.create(event(due_at))


@given("Alice's reminders have been published")
def published(alice: Client, system: System) -> None:
    _wait_until_true(system, PUBLISHED, alice)


@given("Alice's reminders are due")
def are_due(alice: Client, system: System) -> None:
    _wait_until_true(system, ALL_DUE, alice)


@given("Alice has not been notified")
def not_notified(alice: Client, system: System) -> None:
    assert _notified(system, alice) == []


@given(
    parsers.parse(
        "{count:d} clients create events one after another, with reminders that are due immediately"
    ),
    target_fixture="traffic",
)
def traffic(count: int, system: System) -> Iterator[Traffic]:
    with Traffic(count, url=system.api_url()) as traffic:
        yield traffic


@when(parsers.parse("each client has created {count:d} more events"))
def created_more(count: int, traffic: Traffic) -> None:
    wanted = {client.user: len(client.created) + count for client in traffic.clients}
    wait_until(
        lambda: all(len(client.created) >= wanted[client.user] for client in traffic.clients),
        seconds=TIMEOUT,
        what=f"{count} more events of each",
    )
    traffic.end()


@then(parsers.parse("all requests were answered within {seconds:d} seconds"))
def answered_within(seconds: int, traffic: Traffic) -> None:
    assert max(client.slowest for client in traffic.clients) < seconds + STALL_ALLOWANCE


@then("no request failed")
def none_failed(traffic: Traffic) -> None:
    assert _failures(traffic) == []


@then("failed requests were answered with 503")
def failed_with_503(traffic: Traffic) -> None:
    assert [failure for failure in _failures(traffic) if not failure.startswith("503 ")] == []


@then("Alice is notified of each event once")
def alice_is_notified(alice: Client, system: System) -> None:
    _check_notified(system, [alice])


@then("each client is notified of each event once")
def all_are_notified(traffic: Traffic, system: System) -> None:
    _check_notified(system, traffic.clients)


def _failures(traffic: Traffic) -> list[str]:
    return [failure for client in traffic.clients for failure in client.failures]


def _check_notified(system: System, clients: Sequence[Client]) -> None:
    for client in clients:
        # A last reminder: when it is stored, all earlier ones are stored.
        last = event(datetime.now(UTC) + timedelta(seconds=1))
        client.create(last)
        wait_until(
            lambda client=client, last_id=last["id"]: last_id in _notified(system, client),  # type: ignore[misc]
            seconds=TIMEOUT,
            what=f"the last notification of {client.user}",
        )
        _wait_until_true(system, PUBLISHED, client)
        wait_until(
            lambda client=client: client.created <= set(_notified(system, client)),  # type: ignore[misc]
            seconds=TIMEOUT,
            what=f"all {len(client.created)} notifications of {client.user}",
        )
        assert sorted(_notified(system, client)) == sorted(client.created)


def _notified(system: System, client: Client) -> list[str]:
    return [event_id for (event_id,) in system.rows(NOTIFIED, [client.user])]


def _wait_until_true(system: System, query: str, client: Client) -> None:
    def is_true() -> bool:
        try:
            [[result]] = system.rows(query, [client.user])
        except psycopg.OperationalError:  # the database is restarting
            return False
        return bool(result)

    wait_until(is_true, seconds=TIMEOUT, what=query % client.user)
