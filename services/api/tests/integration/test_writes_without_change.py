"""Writes that change nothing, and documents that are sent back as they were received."""

from typing import Any
from uuid import uuid4

import pytest
from tests.integration.client import User, event
from tests.integration.sql import Sql

FAR = "2044-11-23T07:00:00Z"
ROW = "SELECT ctid::text, xmin::text, e FROM events e WHERE user_id = $1"
REMINDER = "SELECT ctid::text, xmin::text, r FROM reminders r WHERE user_id = $1"
READ_ONLY = {"user_id": "somebody", "version": 99, "created_at": "x", "updated_at": None}


@pytest.fixture
def full(api: User) -> dict[str, Any]:
    """An event with every member."""
    return api.create(
        starts_at="2044-11-23T10:00:00.5+03:00",
        duration="P3DT1.5S",
        description="Bring the X-ray.",
        notify_before="P1DT12H",
        location="5 High Street",
    )


@pytest.mark.parametrize(
    ("method", "document"),
    [
        ("PATCH", {}),
        ("PATCH", {"title": " Dentist "}),
        ("PATCH", {"starts_at": "2044-11-23T10:00:00+03:00", "duration": "PT2700S"}),
        ("PATCH", {"description": None, "location": None, "notify_before": "PT24H"}),
        ("PUT", event(starts_at=FAR, notify_before="P1D")),
        ("PUT", event(starts_at=FAR, notify_before="PT1440M", description=None)),
    ],
)
def test_a_write_that_changes_nothing_writes_nothing(
    api: User, sql: Sql, method: str, document: dict[str, Any]
) -> None:
    stored = api.create(starts_at=FAR, notify_before="P1D")
    path = f"/v1/events/{stored['id']}"
    tag = api.get(path).headers["ETag"]
    rows = sql.rows(ROW, api.name) + sql.rows(REMINDER, api.name)
    assert len(rows) == 2

    response = api.request(method, path, json=document, headers={"If-Match": tag})

    assert (response.status_code, response.json()) == (200, stored)
    assert response.headers["ETag"] == tag
    assert sql.rows(ROW, api.name) + sql.rows(REMINDER, api.name) == rows


def test_a_write_that_changes_nothing_does_not_bring_back_a_sent_reminder(
    api: User, sql: Sql
) -> None:
    stored = api.create(starts_at=FAR, notify_before="P1D")
    sql.run("DELETE FROM reminders WHERE user_id = $1", api.name)
    assert api.put(f"/v1/events/{stored['id']}", json=stored).status_code == 200
    assert sql.rows(REMINDER, api.name) == []


def test_a_document_can_be_sent_back(api: User, full: dict[str, Any]) -> None:
    path = f"/v1/events/{full['id']}"
    read = api.get(path)
    for response in (
        api.put(path, json=read.json()),
        api.patch(path, json=read.json()),
        api.post("/v1/events", json=read.json()),
        api.post("/v1/events/batch", json={"events": [read.json()]}),
    ):
        assert response.status_code == 200, response.text
        document = response.json()
        assert document.get("items", [document]) == [full]
    assert api.get(path).text == read.text


def test_a_document_can_be_changed_and_sent_back(api: User, full: dict[str, Any]) -> None:
    changed = api.put(f"/v1/events/{full['id']}", json=full | {"title": "Doctor"}).json()
    assert changed == full | {
        "title": "Doctor",
        "version": 2,
        "updated_at": changed["updated_at"],
    }


def test_a_document_can_be_created_for_another_user(other: User, full: dict[str, Any]) -> None:
    copy = other.post("/v1/events", json=full).json()
    assert (copy["user_id"], copy["version"]) == (other.name, 1)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_read_only_members_are_ignored(api: User, method: str) -> None:
    stored = api.create()
    path = "/v1/events" if method == "POST" else f"/v1/events/{stored['id']}"
    response = api.request(method, path, json=event(title="Doctor", **READ_ONLY))
    assert response.status_code in {200, 201}
    changed = response.json()
    assert (changed["user_id"], changed["title"]) == (api.name, "Doctor")
    assert changed["version"] == (1 if method == "POST" else 2)
    assert changed["updated_at"] >= changed["created_at"] >= stored["created_at"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_an_end_and_a_duration_must_agree(api: User, method: str) -> None:
    stored = api.create()
    path = "/v1/events" if method == "POST" else f"/v1/events/{stored['id']}"
    same = event(ends_at="2026-11-23T10:45:00+03:00", duration="PT0.75H")
    other = event(ends_at="2026-11-23T10:45:00+03:00", duration="PT46M")
    assert api.request(method, path, json=same).status_code in {200, 201}
    response = api.request(method, path, json=other)
    assert response.status_code == 422
    (error,) = response.json()["errors"]
    assert (error["loc"], error["type"]) == (["body", "duration"], "end_conflict")
    assert api.get(f"/v1/events/{stored['id']}").json() == stored


def test_a_patch_of_end_and_duration_must_agree_with_the_stored_start(api: User) -> None:
    path = f"/v1/events/{api.create()['id']}"
    patch = {"ends_at": "2026-11-23T08:00:00Z", "duration": "PT1H"}
    assert api.patch(path, json=patch).json()["ends_at"] == "2026-11-23T08:00:00Z"
    patch = {"ends_at": "2026-11-23T09:00:00Z", "duration": "PT1H"}
    assert api.patch(path, json=patch).status_code == 422


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_null_id_counts_as_absent(api: User, method: str) -> None:
    path = "/v1/events" if method == "POST" else f"/v1/events/{api.create()['id']}"
    response = api.request(method, path, json=event(id=None, title="Doctor"))
    assert response.status_code in {200, 201}
    assert response.json()["id"]


def test_null_ids_in_a_batch_count_as_absent(api: User) -> None:
    batch = {"events": [event(id=None), event(id=None)]}
    response = api.post("/v1/events/batch", json=batch)
    assert response.status_code == 201
    assert len({each["id"] for each in response.json()["items"]}) == 2


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_the_document_of_an_occurrence_is_refused(api: User, method: str) -> None:
    path = "/v1/events" if method == "POST" else f"/v1/events/{api.create()['id']}"
    response = api.request(method, path, json=event(recurrence_id="2026-11-23T10:00:00"))
    assert response.status_code == 422
    assert response.json()["errors"][0]["loc"] == ["body", "recurrence_id"]


def test_a_title_of_an_earlier_release_does_not_prevent_a_change(api: User, sql: Sql) -> None:
    """1.0 accepted titles without a visible character."""
    id_ = api.create()["id"]
    sql.run("UPDATE events SET title = $2 WHERE user_id = $1", api.name, "\u200b")
    assert api.patch_event(id_, duration="PT1H")["title"] == "\u200b"
    assert api.patch(f"/v1/events/{id_}", json={"title": "\u200b"}).status_code == 422


def test_other_ids_are_still_refused(api: User) -> None:
    path = f"/v1/events/{api.create()['id']}"
    for method in ("PUT", "PATCH"):
        response = api.request(method, path, json=event(id=str(uuid4())))
        assert response.status_code == 422
