"""Steps for clients that create events, and for the resulting notifications."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from pytest_bdd import given, parsers, step, then, when
from tests.kind.cluster import Cluster, CommandFailedError
from tests.kind.waiting import wait_until

from calendar_features.traffic import Client, Traffic, event

TIMEOUT: Final = 300
"""Seconds for a pod to be replaced, its server to start, and clients to reconnect."""

NOTIFIED: Final = "SELECT event_id FROM notifications WHERE user_id = '{}'"
PENDING: Final = "SELECT count(*) FROM reminders WHERE user_id = '{}'"


@pytest.fixture
def alice(cluster: Cluster) -> Client:
    return Client(url=cluster.api_url())


@given(
    parsers.parse(
        "{count:d} clients create events one after another, with reminders that are due immediately"
    ),
    target_fixture="traffic",
)
def traffic(count: int, cluster: Cluster) -> Iterator[Traffic]:
    with Traffic(count, url=cluster.api_url()) as traffic:
        yield traffic


@step(parsers.parse("Alice has {count:d} events whose reminders are due in {seconds:d} seconds"))
def has_events(count: int, seconds: int, alice: Client) -> None:
    due_at = datetime.now(UTC) + timedelta(seconds=seconds)
    for _ in range(count):
        alice.create(event(due_at))


@when(parsers.parse("each client has created {count:d} more events"))
def created_more(count: int, traffic: Traffic) -> None:
    wanted = {client.user: len(client.created) + count for client in traffic.clients}
    wait_until(
        lambda: all(len(client.created) >= wanted[client.user] for client in traffic.clients),
        seconds=TIMEOUT,
        what=f"{count} more events of each",
    )
    traffic.end()


@then("no request failed")
def none_failed(traffic: Traffic) -> None:
    assert [failure for client in traffic.clients for failure in client.failures] == []


@then("each client is notified of each event once")
def all_are_notified(traffic: Traffic, cluster: Cluster) -> None:
    _check_notified(cluster, traffic.clients)


@then("Alice is notified of each event once")
def alice_is_notified(alice: Client, cluster: Cluster) -> None:
    _check_notified(cluster, [alice])


@then("no reminder was published twice")
def none_published_twice(traffic: Traffic, cluster: Cluster) -> None:
    users = {client.user for client in traffic.clients}
    sent = Counter(
        record["notification_id"]
        for record in cluster.records("calendar.notifications")
        if record.get("user_id") in users
    )
    assert len(sent) == sum(len(client.created) for client in traffic.clients)
    assert {each for each, times in sent.items() if times > 1} == set()


def _check_notified(cluster: Cluster, clients: Sequence[Client]) -> None:
    for client in clients:
        # A last reminder: when it is stored, all earlier ones are stored.
        client.create(event(datetime.now(UTC) + timedelta(seconds=1)))
    for client in clients:
        wait_until(
            lambda client=client: _rows(cluster, PENDING, client) == ["0"],  # type: ignore[misc]
            seconds=TIMEOUT,
            what=f"publishing of all reminders of {client.user}",
        )
        wait_until(
            lambda client=client: client.created <= set(_rows(cluster, NOTIFIED, client)),  # type: ignore[misc]
            seconds=TIMEOUT,
            what=f"all {len(client.created)} notifications of {client.user}",
        )
        assert sorted(_rows(cluster, NOTIFIED, client)) == sorted(client.created)


def _rows(cluster: Cluster, query: str, client: Client) -> list[str]:
    """Returns no rows while the database is unavailable."""
    try:
        return cluster.rows(query.format(client.user))
    except CommandFailedError:
        return []
