"""Steps of outages.feature."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import psycopg
import requests
from pytest_bdd import given, parsers, scenarios, then, when
from system import System
from watching import Watcher

from calendar_features.traffic import Client, Traffic, event
from calendar_features.waiting import STALL_ALLOWANCE, wait_until

scenarios("outages.feature")

TIMEOUT: Final = 180
"""Seconds for a container and its server to start, and for clients to reconnect."""

PUBLISHED: Final = "SELECT count(*) = 0 FROM reminders WHERE user_id = %s"
ALL_DUE: Final = "SELECT coalesce(bool_and(due_at < now()), true) FROM reminders WHERE user_id = %s"
OCCURRENCES: Final = """
    SELECT event_id::text, event_date FROM notifications
    WHERE user_id = %s ORDER BY stored_at, notify_at
"""
NOTIFIED: Final = "SELECT event_id::text FROM notifications WHERE user_id = %s"


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


@given(
    parsers.parse("Alice has {count:d} series with occurrences in 3, 4 and 5 seconds"),
    target_fixture="starts",
)
def has_series(count: int, alice: Client) -> list[datetime]:
    now = datetime.now(UTC).replace(microsecond=0)
    starts = [now + timedelta(seconds=seconds) for seconds in (3, 4, 5)]
    dates = [start.isoformat() for start in starts]
    series = {"starts_at": dates[0], "time_zone": "UTC", "recurrence": {"dates": dates}}
    for _ in range(count):
        alice.create(event(starts[0]) | series | {"notify_before": "PT0S"})
    assert datetime.now(UTC) < starts[0], "creating the series took until after they started"
    return starts


@given("the reminders of all occurrences are due")
def occurrences_are_due(starts: list[datetime]) -> None:
    wait_until(
        lambda: datetime.now(UTC) > starts[-1], seconds=TIMEOUT, what="the start of the last one"
    )


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


@given(parsers.parse("there are {count:d} {part:w}s"))
def several(count: int, part: str, system: System) -> None:
    system.scale(part, count)


@given("each client watches its notifications", target_fixture="watchers")
def watched(traffic: Traffic, system: System) -> Iterator[dict[str, Watcher]]:
    url = system.storer_url()
    with ExitStack() as stack:
        yield {
            client.user: stack.enter_context(Watcher(url, client.user))
            for client in traffic.clients
        }


@when(parsers.parse("each {part:w} is killed and started in turn"))
def each_killed(part: str, system: System) -> None:
    containers = system.containers(part)
    for container in containers:
        system.kill_and_start(container)
        system.scale(part, len(containers))


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


@then("Alice is notified of each occurrence once, in order")
def alice_is_notified_of_occurrences(alice: Client, starts: list[datetime], system: System) -> None:
    series = set(alice.created)
    wait_until(
        lambda: len(system.rows(OCCURRENCES, [alice.user])) >= len(series) * len(starts),
        seconds=TIMEOUT,
        what=f"the notifications of {len(series)} series",
    )
    _check_notified_of_last(system, alice)
    found: dict[str, list[datetime]] = {event_id: [] for event_id in alice.created}
    for event_id, event_date in system.rows(OCCURRENCES, [alice.user]):
        found[event_id].append(event_date)
    assert {event_id: found[event_id] for event_id in series} == dict.fromkeys(series, starts)


@then("each client is notified of each event once")
def all_are_notified(traffic: Traffic, system: System) -> None:
    _check_notified(system, traffic.clients)


@then(
    "each client has resumed its stream, and seen its notifications once, in the order of its list"
)
def all_have_seen(watchers: dict[str, Watcher], system: System) -> None:
    for user, watcher in watchers.items():
        listed = _listed(system, user, after=watcher.start)
        wait_until(
            lambda watcher=watcher, listed=listed: len(watcher.seen) >= len(listed),  # type: ignore[misc]
            seconds=TIMEOUT,
            what=f"all {len(listed)} notifications in the streams of {user}",
        )
        assert watcher.seen == listed
        assert watcher.streams > 1


def _listed(system: System, user: str, *, after: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    parameters = {"user_id": user, "after": after}
    while True:
        response = requests.get(
            f"{system.storer_url()}/v1/notifications", params=parameters, timeout=30
        )
        response.raise_for_status()
        page = response.json()
        if not page["items"]:
            return items
        items += page["items"]
        parameters["after"] = page["next_cursor"]


def _failures(traffic: Traffic) -> list[str]:
    return [failure for client in traffic.clients for failure in client.failures]


def _check_notified(system: System, clients: Sequence[Client]) -> None:
    for client in clients:
        _check_notified_of_last(system, client)
        _wait_until_true(system, PUBLISHED, client)
        wait_until(
            lambda client=client: client.created <= set(_notified(system, client)),  # type: ignore[misc]
            seconds=TIMEOUT,
            what=f"all {len(client.created)} notifications of {client.user}",
        )
        assert sorted(_notified(system, client)) == sorted(client.created)


def _check_notified_of_last(system: System, client: Client) -> None:
    """Waits for a last reminder: when it is stored, all earlier ones are stored."""
    last = event(datetime.now(UTC) + timedelta(seconds=1))
    client.create(last)
    wait_until(
        lambda: last["id"] in _notified(system, client),
        seconds=TIMEOUT,
        what=f"the last notification of {client.user}",
    )


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
