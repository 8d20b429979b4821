"""Two users with events of the same ID: what one does never touches the other's event."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from tests.integration.client import User, event
from tests.integration.sql import Sql

SOON = {"starts_at": "2099-01-01T10:00:00Z", "notify_before": "PT15M"}

Call = Callable[[User, str], Any]


def put(user: User, id_: str) -> Any:
    """Replaces the event, and with it its reminder."""
    return user.put(f"/v1/events/{id_}", json=event(**SOON, title="changed"))


def patch(user: User, id_: str) -> Any:
    """Changes the title only."""
    return user.patch(f"/v1/events/{id_}", json={"title": "changed"})


def move(user: User, id_: str) -> Any:
    """Moves the event, and with it its reminder."""
    return user.patch(f"/v1/events/{id_}", json={"starts_at": "2098-01-01T10:00:00Z"})


def remove_lead(user: User, id_: str) -> Any:
    """Removes the reminder, and leaves the event."""
    return user.patch(f"/v1/events/{id_}", json={"notify_before": None})


def delete(user: User, id_: str) -> Any:
    """Deletes the event."""
    return user.delete(f"/v1/events/{id_}")


@pytest.mark.parametrize("call", [put, patch, move, remove_lead, delete])
def test_a_change_leaves_another_users_event_of_the_same_id_alone(
    api: User, other: User, sql: Sql, call: Call
) -> None:
    id_ = str(uuid4())
    api.create(id=id_, **SOON)
    theirs = other.create(id=id_, **SOON)
    reminder = _reminder(sql, other, id_)
    assert reminder

    response = call(api, id_)

    assert response.ok, response.text
    assert other.get(f"/v1/events/{id_}").json() == theirs
    assert _reminder(sql, other, id_) == reminder


@pytest.mark.parametrize("call", [put, patch, move, remove_lead, delete])
def test_a_change_of_an_event_that_only_another_user_has_is_404(
    api: User, other: User, call: Call
) -> None:
    theirs = other.create(**SOON)

    assert call(api, theirs["id"]).status_code == 404
    assert other.get(f"/v1/events/{theirs['id']}").json() == theirs


def test_a_repeated_create_finds_the_callers_event(api: User, other: User) -> None:
    id_ = str(uuid4())
    other.create(id=id_, title="theirs")
    mine = api.create(id=id_, title="mine")

    again = api.post("/v1/events", json=event(id=id_, title="mine"))

    assert again.status_code == 200
    assert again.json() == mine
    assert api.get(f"/v1/events/{id_}").json() == mine


def _reminder(sql: Sql, user: User, id_: str) -> list[Any]:
    query = "SELECT * FROM reminders WHERE user_id = $1 AND event_id = $2"
    return sql.rows(query, user.name, id_)
