"""Steps of gateways.feature."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import Any, Final
from uuid import uuid4

import pytest
from pytest_bdd import given, parsers, scenarios, then, when
from system import System
from watching import Watcher

from calendar_features.traffic import Client, event
from calendar_features.waiting import wait_until

scenarios("gateways.feature")

PATH: Final = "/v1/events"
PADDING: Final = b"\r\n" * 256 * 1024
"""More than a server reads at once; empty lines before a request are ignored."""

STORED: Final = "SELECT count(*) FROM events WHERE id = %s"

PROMPT: Final = 10
"""Seconds. A gateway that buffers holds a notification back until there are many."""


@pytest.fixture
def document() -> dict[str, Any]:
    """The event that a request sends."""
    return event(datetime.now(UTC) + timedelta(days=1))


@pytest.fixture
def user() -> str:
    """The user ID of Alice; nginx sets another one, always the same."""
    return f"client-{uuid4().hex[:16]}"


def post(system: System, gateway: str, body: bytes, *, protocol: str) -> int:
    """Send a request that offers another protocol, and return the status."""
    headers = {
        "Content-Type": "application/json",
        "X-User-Id": f"client-{uuid4().hex[:16]}",
        "Connection": "Upgrade, HTTP2-Settings",
        "Upgrade": protocol,
        "HTTP2-Settings": "AAMAAABkAAQAAP__",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
    }
    with closing(HTTPConnection(system.address(gateway, 8080), timeout=60)) as connection:
        connection.request("POST", PATH, body, headers)
        return connection.getresponse().status


@when(
    parsers.parse(
        "Mallory sends through {gateway:w} an event that offers {protocol:w},"
        " with an event of Alice hidden in its body"
    ),
    target_fixture="status",
)
def hides_event(gateway: str, protocol: str, document: dict[str, Any], system: System) -> int:
    content = json.dumps(document).encode()
    hidden = (
        f"POST {PATH} HTTP/1.1\r\nHost: calendar\r\nX-User-Id: alice\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return post(system, gateway, PADDING + hidden.encode() + content, protocol=protocol)


@when(
    parsers.parse("Alice creates an event through {gateway:w}, and offers h2c"),
    target_fixture="status",
)
def creates_event(gateway: str, document: dict[str, Any], system: System) -> int:
    return post(system, gateway, json.dumps(document).encode(), protocol="h2c")


@given(
    parsers.parse("Alice watches her notifications through {gateway:w}"), target_fixture="watcher"
)
def watches(gateway: str, user: str, system: System) -> Iterator[Watcher]:
    port = 8082 if gateway == "gateway" else 8080
    with Watcher(f"http://{system.address(gateway, port)}", user) as watcher:
        yield watcher


@when(parsers.parse("a reminder that Alice creates through {gateway:w} is due"))
def is_due(gateway: str, document: dict[str, Any], user: str, system: System) -> None:
    alice = Client(url=f"http://{system.address(gateway, 8080)}", user=user)
    alice.create(document | {"notify_before": "P2D"})


@when(
    parsers.parse("Alice sends {method:w} to {path:S} through {gateway:w}"),
    target_fixture="status",
)
def sends(method: str, path: str, gateway: str, system: System) -> int:
    with closing(HTTPConnection(system.address(gateway, 8080), timeout=60)) as connection:
        connection.request(method, path, headers={"X-User-Id": "alice"})
        return connection.getresponse().status


@then("Mallory's request is rejected as invalid")
def is_rejected(status: int) -> None:
    assert status == 422


@then("Alice has no event")
def is_not_stored(document: dict[str, Any], system: System) -> None:
    # A later request: a smuggled one would be stored by the time this one is.
    later = event(datetime.now(UTC) + timedelta(days=1))
    assert post(system, "gateway", json.dumps(later).encode(), protocol="h2c") == 201
    assert system.rows(STORED, [document["id"]]) == [(0,)]


@then("the event is stored")
def is_stored(status: int, document: dict[str, Any], system: System) -> None:
    assert status == 201
    assert system.rows(STORED, [document["id"]]) == [(1,)]


@then(parsers.parse("the gateway's response is {expected:d}"))
def gateway_responds(status: int, expected: int) -> None:
    assert status == expected


@then("Alice's stream shows it")
def is_shown(document: dict[str, Any], watcher: Watcher) -> None:
    wait_until(
        lambda: document["id"] in [each["event_id"] for each in watcher.seen],
        seconds=PROMPT,
        what="the notification",
    )
