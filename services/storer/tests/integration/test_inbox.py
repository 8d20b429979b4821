"""Reading and acknowledging notifications."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from calendar_storer.inbox import cursors
from tests.conftest import notification
from tests.integration.rest import NOTIFICATIONS, Client, Rest, store


def titles(page: Any) -> list[str]:
    return [item["title"] for item in page["items"]]


async def test_notification_has_the_members_of_the_contract(ann: Client) -> None:
    [sent] = await ann.receives("Dentist", notify_at=datetime(2026, 11, 22, 7, tzinfo=UTC))

    [item] = (await ann.page())["items"]

    stored_at = datetime.fromisoformat(item["stored_at"])
    assert item == {
        "id": str(sent.notification_id),
        "event_id": str(sent.event_id),
        "title": "Dentist",
        "event_date": "2026-11-23T07:00:00.000001Z",
        "notify_at": "2026-11-22T07:00:00Z",
        "stored_at": item["stored_at"],
        "acknowledged_at": None,
    }
    assert item["stored_at"].endswith("Z")
    assert abs((datetime.now(UTC) - stored_at).total_seconds()) < 60


async def test_recurrence_id_is_shown_where_it_is_set(ann: Client) -> None:
    await ann.receives("Choir", recurrence_id="2026-11-25T19:30:00")
    [item] = (await ann.page())["items"]
    assert item["recurrence_id"] == "2026-11-25T19:30:00"


@pytest.mark.parametrize("date", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"])
async def test_first_and_last_instants_are_shown(ann: Client, rest: Rest, date: str) -> None:
    sent = notification(user_id=ann.user, event_date=date, notify_at="0001-01-01T00:00:00Z")
    await store(rest.connection, sent)
    [item] = (await ann.page())["items"]
    assert (item["event_date"], item["notify_at"]) == (date, "0001-01-01T00:00:00Z")


async def test_title_is_any_text(ann: Client) -> None:
    title = 'Quotes " \\ \u2028 line\nend \x1f 😀'
    await ann.receives(title)
    assert titles(await ann.page()) == [title]


async def test_pages_follow_each_other_in_the_order_of_arrival(ann: Client) -> None:
    await ann.receives("1", "2")
    await ann.receives("3", "4", "5")

    first = await ann.page(limit=2)
    second = await ann.page(limit=2, after=first["next_cursor"])
    third = await ann.page(limit=2, after=second["next_cursor"])

    assert [titles(page) for page in (first, second, third)] == [["1", "2"], ["3", "4"], ["5"]]


async def test_cursor_of_the_last_page_gives_what_arrives_later(ann: Client, ben: Client) -> None:
    await ann.receives("1")
    cursor = (await ann.page())["next_cursor"]
    empty = await ann.page(after=cursor)
    assert empty == {"items": [], "next_cursor": cursor}

    await ben.receives("of another user")
    await ann.receives("2")

    assert titles(await ann.page(after=cursor)) == ["2"]


async def test_cursor_of_an_empty_inbox_gives_what_arrives_later(ann: Client, ben: Client) -> None:
    await ben.receives("before")
    empty = await ann.page()
    assert empty["items"] == []

    await ann.receives("1", "2")

    assert titles(await ann.page(after=empty["next_cursor"])) == ["1", "2"]
    # It is the end of what everybody has, not the start.
    assert await ben.page(after=empty["next_cursor"]) == empty


async def test_cursor_of_an_empty_inbox_reveals_nobody_s_notification(
    ann: Client, ben: Client
) -> None:
    [sent] = await ben.receives("before")
    position = cursors.decode((await ann.page())["next_cursor"])
    [item] = (await ben.page())["items"]
    assert position.notification_id != sent.notification_id
    assert position.stored_at != datetime.fromisoformat(item["stored_at"])


async def test_acknowledging_is_seen_in_lists(ann: Client) -> None:
    first, second = await ann.receives("1", "2")

    response = await ann.acknowledge(first.notification_id)

    assert response.status_code == 200
    document = response.json()
    assert document["id"] == str(first.notification_id)
    assert datetime.fromisoformat(document["acknowledged_at"]).tzinfo
    whole = await ann.page()
    assert whole["items"][0] == document
    assert titles(whole) == ["1", "2"]
    assert titles(await ann.page(unacknowledged="true")) == ["2"]
    assert titles(await ann.page(unacknowledged="false")) == ["1", "2"]
    await ann.acknowledge(second.notification_id)
    assert titles(await ann.page(unacknowledged="true")) == []


async def test_acknowledging_again_changes_nothing(ann: Client, rest: Rest) -> None:
    [sent] = await ann.receives("1")
    version = "SELECT xmin::text FROM notifications WHERE notification_id = $1"

    first = await ann.acknowledge(sent.notification_id)
    row = await rest.connection.fetchval(version, sent.notification_id)
    second = await ann.acknowledge(str(sent.notification_id).upper())

    assert (second.status_code, second.json()) == (200, first.json())
    assert await rest.connection.fetchval(version, sent.notification_id) == row


async def test_unacknowledged_ones_are_paged_as_well(ann: Client) -> None:
    sent = await ann.receives(*map(str, range(6)))
    for each in sent[::2]:
        await ann.acknowledge(each.notification_id)

    first = await ann.page(unacknowledged="true", limit=2)
    second = await ann.page(unacknowledged="true", limit=2, after=first["next_cursor"])

    assert (titles(first), titles(second)) == (["1", "3"], ["5"])


async def test_another_user_s_notification_is_not_found(ann: Client, ben: Client) -> None:
    [sent] = await ben.receives("1")

    for id_ in (sent.notification_id, uuid4()):
        response = await ann.acknowledge(id_)
        assert response.status_code == 404
        assert response.json()["type"] == "urn:calendar:problem:notification-not-found"

    assert (await ann.page())["items"] == []
    [item] = (await ben.page())["items"]
    assert item["acknowledged_at"] is None


CURSOR = "AAZEVl5T9AAABkRWXlP0Hl8NKlIzyFounQ0dHwssekQ"


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "%00",
        CURSOR[:-1],
        CURSOR + "A",
        CURSOR + "=",
        CURSOR[:-1] + "R",
        "_" * 43,
        "é" * 43,
    ],
)
async def test_cursor_that_was_not_given_out_is_refused(ann: Client, cursor: str) -> None:
    response = await ann.call("GET", params={"after": cursor})
    assert response.status_code == 422
    [error] = response.json()["errors"]
    assert (error["loc"], error["type"]) == (["query", "after"], "cursor")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=ten", "limit"),
        ("limit=1&limit=2", "limit"),
        ("unacknowledged=yes", "unacknowledged"),
        ("unacknowledged=", "unacknowledged"),
        ("before=x", "before"),
        ("cursor=x", "cursor"),
        (f"after={'x' * 65}", "after"),
    ],
)
async def test_invalid_parameter_is_named(ann: Client, query: str, field: str) -> None:
    response = await ann.call("GET", f"{NOTIFICATIONS}?{query}")
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert [error["loc"] for error in response.json()["errors"]] == [["query", field]]


@pytest.mark.parametrize(
    ("path", "loc"),
    [
        ("x/acknowledge", ["path", "notification_id"]),
        (f"{{{uuid4()}}}/acknowledge", ["path", "notification_id"]),
        (f"{uuid4()}/acknowledge?force=true", ["query", "force"]),
    ],
)
async def test_invalid_acknowledgement_names_the_field(
    ann: Client, path: str, loc: list[str]
) -> None:
    response = await ann.call("POST", f"{NOTIFICATIONS}/{path}")
    assert response.status_code == 422
    assert [error["loc"] for error in response.json()["errors"]] == [loc]


async def test_user_may_be_named_by_the_parameter(ann: Client, rest: Rest) -> None:
    await ann.receives("1")
    response = await rest.call("GET", NOTIFICATIONS, params={"user_id": ann.user})
    assert titles(response.json()) == ["1"]
    both = await ann.call("GET", params={"user_id": ann.user})
    assert titles(both.json()) == ["1"]


@pytest.mark.parametrize(
    ("header", "parameter", "type_"),
    [
        (None, None, "missing"),
        ("ann", "ben", "user_conflict"),
        ("a b", None, "string_pattern_mismatch"),
        (None, "x" * 129, "string_pattern_mismatch"),
    ],
)
async def test_user_is_named_once(
    rest: Rest, header: str | None, parameter: str | None, type_: str
) -> None:
    for method, path in (
        ("GET", NOTIFICATIONS),
        ("POST", f"{NOTIFICATIONS}/{uuid4()}/acknowledge"),
    ):
        response = await rest.call(
            method,
            path,
            headers={"X-User-Id": header} if header else {},
            params={"user_id": parameter} if parameter else {},
        )
        assert response.status_code == 422
        assert type_ in {error["type"] for error in response.json()["errors"]}
