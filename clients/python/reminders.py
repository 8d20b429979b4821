"""Reminders of an event: received, followed, acknowledged."""

import json
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from uuid import uuid4

import calendar_client
from calendar_client.api.events import create_event
from calendar_client.models import EventIn, EventOut
from notifications_client import AuthenticatedClient
from notifications_client.api.notifications import acknowledge_notification, list_notifications
from notifications_client.models import (
    FieldsProblem,
    NotificationOut,
    NotificationPage,
    Problem,
)
from notifications_client.types import UNSET, Unset

TIMEOUT = 30.0
"""Seconds that notifications may take to arrive."""


def use_reminders(calendar: calendar_client.AuthenticatedClient, user: str) -> None:
    client = AuthenticatedClient(
        os.environ["STORER_URL"], token=user, prefix="", auth_header_name="X-User-Id"
    )
    start = page_of(client)
    assert start.items == []

    # The first reminder is due now, the second one a second later.
    soon = EventIn(
        title="Train",
        starts_at=(datetime.now(UTC) + timedelta(hours=1)).isoformat(),
        duration="PT2H",
        reminders=["PT1H", "PT59M59S"],
    )
    event = create_event.sync(client=calendar, body=soon)
    assert isinstance(event, EventOut), event

    received = receive(client, after=start.next_cursor, count=2)
    first, second = received
    assert (first.event_id, first.title, first.event_date) == (event.id, "Train", event.starts_at)
    assert first.notify_at == event.starts_at - timedelta(hours=1)
    assert second.notify_at == first.notify_at + timedelta(seconds=1)
    assert first.acknowledged_at is None
    assert first.recurrence_id is UNSET

    # The stream continues from the same cursors.
    assert list(islice(follow(client, after=start.next_cursor), 2)) == received

    acknowledged = acknowledge_notification.sync(first.id, client=client)
    assert isinstance(acknowledged, NotificationOut), acknowledged
    assert acknowledged.acknowledged_at is not None
    assert acknowledge_notification.sync(first.id, client=client) == acknowledged
    assert page_of(client).items == [acknowledged, second]
    assert page_of(client, unacknowledged=True).items == [second]
    read_errors(client)


def read_errors(client: AuthenticatedClient) -> None:
    """They are values with a type."""
    missing = acknowledge_notification.sync(uuid4(), client=client)
    assert isinstance(missing, Problem), missing
    assert missing.type_ == "urn:calendar:problem:notification-not-found"
    invalid = list_notifications.sync(client=client, after="no cursor")
    assert isinstance(invalid, FieldsProblem), invalid
    assert [(error.loc, error.type_) for error in invalid.errors] == [
        (["query", "after"], "cursor")
    ]


def page_of(
    client: AuthenticatedClient,
    *,
    after: str | Unset = UNSET,
    limit: int | Unset = UNSET,
    unacknowledged: bool | Unset = UNSET,
) -> NotificationPage:
    page = list_notifications.sync(
        client=client, after=after, limit=limit, unacknowledged=unacknowledged
    )
    assert isinstance(page, NotificationPage), page
    return page


def receive(client: AuthenticatedClient, *, after: str, count: int) -> list[NotificationOut]:
    """Load pages until the notifications are there: a page that is empty has a cursor, too."""
    received: list[NotificationOut] = []
    deadline = time.monotonic() + TIMEOUT
    while len(received) < count:
        assert time.monotonic() < deadline, received
        page = page_of(client, after=after, limit=1)
        received += page.items
        after = page.next_cursor
        if not page.items:
            time.sleep(0.1)
    return received


def follow(client: AuthenticatedClient, *, after: str) -> Iterator[NotificationOut]:
    """Read the stream by hand: the generated function waits for its end."""
    with client.get_httpx_client().stream(
        "GET", "/v1/notifications/stream", headers={"Last-Event-ID": after}
    ) as response:
        assert response.status_code == 200
        for line in response.iter_lines():
            if line.startswith("data:"):
                yield NotificationOut.from_dict(json.loads(line.removeprefix("data:")))
