"""Section 1.5 of the contract: single occurrences, read, changed and excluded."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
import requests
from tests.integration.client import User
from tests.integration.sql import Sql

CHOIR: dict[str, Any] = {
    "title": "Choir",
    "description": "Bring the notes.",
    "starts_at": "2044-11-23T19:30:00",
    "duration": "PT2H",
    "time_zone": "Europe/Berlin",
    "recurrence": {"rule": "FREQ=WEEKLY;COUNT=4", "excluded": ["2044-12-14T19:30:00"]},
    "reminders": ["P1D", "PT1H"],
}
FAIR: dict[str, Any] = {
    "title": "Fair",
    "starts_on": "2044-11-23",
    "duration": "P2D",
    "recurrence": {"rule": "FREQ=YEARLY;COUNT=3"},
}
SECOND, EXCLUDED = "2044-11-30T19:30:00", "2044-12-14T19:30:00"


def post(api: User, base: dict[str, Any], **members: Any) -> dict[str, Any]:
    response = api.post("/v1/events", json=base | members)
    assert response.status_code == 201, response.text
    stored: dict[str, Any] = response.json()
    return stored


def choir(api: User, **members: Any) -> dict[str, Any]:
    return post(api, CHOIR, **members)


def changed_choir(api: User, **override: Any) -> dict[str, Any]:
    return choir(api, overrides={SECOND: override})


def path_of(stored: dict[str, Any], recurrence_id: str = SECOND) -> str:
    return f"/v1/events/{stored['id']}/occurrences/{recurrence_id}"


def problem_of(response: requests.Response) -> tuple[int, str]:
    return response.status_code, response.json()["type"].rpartition(":")[2]


def error_of(response: requests.Response) -> tuple[list[str | int], str]:
    assert response.status_code == 422, response.text
    [error] = response.json()["errors"]
    return error["loc"], error["type"]


def test_an_occurrence_is_its_series_with_its_own_times(api: User) -> None:
    stored = choir(api)

    response = api.get(path_of(stored))

    assert response.status_code == 200
    assert response.json() == stored | {
        "starts_at": "2044-11-30T18:30:00Z",
        "ends_at": "2044-11-30T20:30:00Z",
        "recurrence_id": SECOND,
    }
    series = api.get(f"/v1/events/{stored['id']}")
    assert response.headers["ETag"] == series.headers["ETag"]


def test_a_changed_occurrence_has_its_own_members(api: User) -> None:
    change = {"title": "Concert", "starts_at": "2044-12-01T20:00:00", "duration": "PT90M"}
    stored = changed_choir(api, **change, location="Town hall", reminders=["P7D"])

    del stored["reminders"]  # of the series
    assert api.get(path_of(stored)).json() == stored | {
        "title": "Concert",
        "location": "Town hall",
        "starts_at": "2044-12-01T19:00:00Z",
        "ends_at": "2044-12-01T20:30:00Z",
        "duration": "PT1H30M",
        "notify_before": "P7D",
        "recurrence_id": SECOND,
    }


def test_an_occurrence_of_days(api: User) -> None:
    stored = post(api, FAIR)

    occurrence = api.get(path_of(stored, "2045-11-23")).json()

    assert occurrence == stored | {
        "starts_on": "2045-11-23",
        "ends_on": "2045-11-25",
        "starts_at": "2045-11-23T00:00:00Z",
        "ends_at": "2045-11-25T00:00:00Z",
        "recurrence_id": "2045-11-23",
    }


def test_an_occurrence_is_read_under_conditions(api: User) -> None:
    stored = choir(api)
    path = path_of(stored)
    tag = api.get(path).headers["ETag"]

    known = api.get(path, headers={"If-None-Match": tag})
    assert (known.status_code, known.content, known.headers["ETag"]) == (304, b"", tag)
    assert api.get(path, headers={"If-Match": tag}).status_code == 200
    assert api.head(path).headers["ETag"] == tag
    refused = api.get(path, headers={"If-Match": '"other"'})
    assert problem_of(refused) == (412, "version-mismatch")


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "recurrence_id",
    [EXCLUDED, "2044-11-30T19:31:00", "2044-11-30", "2044-11-30T19:30:00.5", "2043-11-24T19:30:00"],
)
def test_what_is_no_occurrence_is_404(api: User, method: str, recurrence_id: str) -> None:
    stored = choir(api)
    for condition in ({}, {"If-Match": '"other"'}, {"If-None-Match": "*"}):
        body = {"json": {"title": "x"}} if method == "PATCH" else {}
        response = api.request(method, path_of(stored, recurrence_id), headers=condition, **body)
        assert problem_of(response) == (404, "occurrence-not-found")
    assert api.get(f"/v1/events/{stored['id']}").json() == stored


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    ("members", "recurrence_id"),
    [
        ({"starts_at": "2044-11-23T19:30:00Z", "duration": "PT1H"}, "2044-11-23T19:30:00"),
        (
            {"starts_at": "2044-11-23T19:30:00", "duration": "PT1H", "time_zone": "UTC"},
            "2044-11-23T19:30:00",
        ),
        ({"starts_on": "2044-11-23"}, "2044-11-23"),
    ],
)
def test_an_event_that_does_not_recur_has_no_occurrence(
    api: User, method: str, members: dict[str, Any], recurrence_id: str
) -> None:
    stored = post(api, {"title": "Dentist"}, **members)
    body = {"json": {"title": "x"}} if method == "PATCH" else {}
    response = api.request(method, path_of(stored, recurrence_id), **body)
    assert problem_of(response) == (404, "occurrence-not-found")


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_an_occurrence_of_no_event_or_of_another_user_is_404(
    api: User, other: User, method: str
) -> None:
    stored = choir(api)
    body = {"json": {"title": "x"}} if method == "PATCH" else {}
    missing = api.request(method, path_of({"id": uuid4()}), **body)
    foreign = other.request(method, path_of(stored), **body)
    assert problem_of(missing) == problem_of(foreign) == (404, "event-not-found")
    assert api.get(f"/v1/events/{stored['id']}").json() == stored


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "recurrence_id", ["x", "2044-11-30T19:30:00Z", "2044-11-30T19:30:00+01:00", "2044-11-31", "1"]
)
def test_a_malformed_recurrence_id_is_422(api: User, method: str, recurrence_id: str) -> None:
    body = {"json": {"title": "x"}} if method == "PATCH" else {}
    response = api.request(method, path_of(choir(api), recurrence_id), **body)
    assert error_of(response) == (["path", "recurrence_id"], "recurrence_id")


def test_a_change_is_of_one_occurrence(api: User) -> None:
    stored = choir(api)
    change = {"title": "Concert", "starts_at": "2044-11-30T20:00:00"}

    response = api.patch(path_of(stored), json=change)

    occurrence = response.json()
    assert response.status_code == 200
    assert occurrence == api.get(path_of(stored)).json()
    series = api.get(f"/v1/events/{stored['id']}")
    assert response.headers["ETag"] == series.headers["ETag"]
    # A new start leaves the end.
    override = {
        "title": "Concert",
        "starts_at": "2044-11-30T19:00:00Z",
        "ends_at": "2044-11-30T20:30:00Z",
    }
    assert series.json() == stored | {
        "version": 2,
        "updated_at": series.json()["updated_at"],
        "overrides": {SECOND: override},
    }
    assert occurrence == series.json() | override | {
        "duration": "PT1H30M",
        "recurrence_id": SECOND,
    }


def test_null_returns_a_member_to_the_series(api: User) -> None:
    stored = changed_choir(api, title="Concert", location="Town hall", reminders=[])

    api.patch(path_of(stored), json={"title": None, "reminders": None})
    assert api.get(f"/v1/events/{stored['id']}").json()["overrides"] == {
        SECOND: {"location": "Town hall"}
    }
    occurrence = api.patch(path_of(stored), json={"location": None}).json()

    assert "overrides" not in api.get(f"/v1/events/{stored['id']}").json()
    assert (occurrence["title"], occurrence["reminders"]) == ("Choir", ["P1D", "PT1H"])


@pytest.mark.parametrize("media_type", ["application/json", "application/merge-patch+json"])
@pytest.mark.parametrize(
    ("base", "recurrence_id", "override"),
    [
        (CHOIR, SECOND, {}),
        (CHOIR | {"reminders": None}, SECOND, {}),
        (CHOIR | {"busy": False}, SECOND, {}),
        (CHOIR, SECOND, {"title": "Concert", "description": "Wear black."}),
        (CHOIR, SECOND, {"starts_at": "2044-12-02T09:00:00", "duration": "PT1H"}),
        (CHOIR, SECOND, {"starts_at": "2045-03-26T02:30:00", "duration": "PT1H"}),  # in a gap
        (CHOIR, SECOND, {"duration": "PT3H"}),
        (CHOIR, SECOND, {"reminders": []}),
        (CHOIR, SECOND, {"notify_before": "PT5M"}),
        (CHOIR, SECOND, {"reminders": ["PT5M", "PT1M"]}),
        (CHOIR | {"busy": False}, SECOND, {"busy": True}),
        (CHOIR, SECOND, {"busy": False}),
        (FAIR, "2045-11-23", {}),
        (FAIR | {"time_zone": "Asia/Tokyo"}, "2045-11-23", {}),
        (FAIR, "2045-11-23", {"title": "Big fair"}),
        (FAIR, "2045-11-23", {"starts_on": "2045-11-24", "duration": "P1D"}),
        (FAIR, "2045-11-23", {"duration": "P1D"}),
    ],
)
def test_an_occurrence_can_be_sent_back(  # noqa: PLR0917 - a table
    api: User,
    sql: Sql,
    base: dict[str, Any],
    recurrence_id: str,
    override: dict[str, Any],
    media_type: str,
) -> None:
    stored = post(api, base, overrides={recurrence_id: override})
    row = "SELECT ctid::text, xmin::text, e FROM events e WHERE user_id = $1"
    before = sql.rows(row, api.name)
    read = api.get(path_of(stored, recurrence_id))

    response = api.patch(
        path_of(stored, recurrence_id), data=read.content, headers={"Content-Type": media_type}
    )

    assert (response.status_code, response.text) == (200, read.text)
    assert response.headers["ETag"] == read.headers["ETag"]
    assert sql.rows(row, api.name) == before


def test_an_occurrence_can_be_changed_and_sent_back(api: User) -> None:
    stored = choir(api)
    occurrence = api.get(path_of(stored)).json()
    # What is the series' own is not the occurrence's to change; it may be older.
    api.delete(path_of(stored, "2044-12-07T19:30:00"))

    changed = api.patch(path_of(stored), json=occurrence | {"title": "Concert"}).json()

    assert changed["title"] == "Concert"
    assert changed["overrides"] == {SECOND: {"title": "Concert"}}
    assert changed["recurrence"]["excluded"] == ["2044-12-07T19:30:00", EXCLUDED]


@pytest.mark.parametrize(
    ("patch", "loc", "type_"),
    [
        ({"colour": "green"}, ["colour"], "extra_forbidden"),
        ({"title": ""}, ["title"], "string_too_short"),
        ({"id": str(uuid4())}, ["id"], "immutable"),
        ({"recurrence_id": "2044-12-07T19:30:00"}, ["recurrence_id"], "immutable"),
        ({"recurrence_id": 7}, ["recurrence_id"], "recurrence_id"),
        ({"time_zone": "Asia/Tokyo"}, ["time_zone"], "immutable"),
        ({"ends_at": "2044-11-30T18:00:00Z"}, ["ends_at"], "end_before_start"),
        ({"starts_at": "2044-11-30T21:00:00Z"}, ["ends_at"], "end_before_start"),
        ({"starts_on": "2044-11-30"}, ["starts_on"], "all_day"),
        ({"duration": "P367D"}, ["duration"], "duration_range"),
        ({"reminders": ["PT1H", "PT60M"]}, ["reminders", 1], "repeated"),
        (
            {"reminders": ["PT1H"], "notify_before": "PT2H"},
            ["notify_before"],
            "reminders_conflict",
        ),
        (
            {"starts_at": "9999-12-31T23:59:00Z", "duration": "P1D"},
            ["duration"],
            "date_time_range",
        ),
    ],
)
def test_a_wrong_member_is_named(
    api: User, patch: dict[str, Any], loc: list[str | int], type_: str
) -> None:
    stored = choir(api)
    assert error_of(api.patch(path_of(stored), json=patch)) == (["body", *loc], type_)
    assert api.get(f"/v1/events/{stored['id']}").json() == stored


def test_exceptions_are_limited(api: User) -> None:
    days = [(date(2044, 11, 23) + timedelta(days=n)).isoformat() for n in range(1_002)]
    overrides = {day: {"title": f"{day}"} for day in days[:1_000]}
    stored = post(api, FAIR, recurrence={"rule": "FREQ=DAILY"}, overrides=overrides)

    refused = api.patch(path_of(stored, days[1_000]), json={"title": "x"})
    assert error_of(refused) == (["body", "recurrence"], "too_long")
    nothing = api.patch(path_of(stored, days[1_000]), json={"title": None, "location": None})
    assert nothing.headers["ETag"] == api.get(f"/v1/events/{stored['id']}").headers["ETag"]
    refused = api.delete(path_of(stored, days[1_001]))
    assert error_of(refused) == (["path", "recurrence_id"], "too_long")

    assert api.patch(path_of(stored, days[5]), json={"title": "x"}).status_code == 200
    assert api.delete(path_of(stored, days[6])).status_code == 204


def test_a_deleted_occurrence_is_excluded(api: User) -> None:
    stored = changed_choir(api, title="Concert")

    response = api.delete(path_of(stored))

    assert (response.status_code, response.content) == (204, b"")
    assert problem_of(api.get(path_of(stored))) == (404, "occurrence-not-found")
    assert problem_of(api.delete(path_of(stored))) == (404, "occurrence-not-found")
    series = api.get(f"/v1/events/{stored['id']}").json()
    assert series["recurrence"]["excluded"] == [SECOND, EXCLUDED]
    assert "overrides" not in series
    assert series["version"] == 2


def test_the_last_occurrence_stays(api: User) -> None:
    stored = choir(api)
    for recurrence_id in (SECOND, "2044-12-07T19:30:00"):
        assert api.delete(path_of(stored, recurrence_id)).status_code == 204
    before = api.get(f"/v1/events/{stored['id']}").json()

    response = api.delete(path_of(stored, "2044-11-23T19:30:00"))

    assert problem_of(response) == (409, "last-occurrence")
    assert api.get(f"/v1/events/{stored['id']}").json() == before


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_an_occurrence_is_changed_under_conditions(api: User, method: str) -> None:
    stored = choir(api)
    path = path_of(stored)
    tag = api.get(path).headers["ETag"]
    body = {"json": {"title": "x"}} if method == "PATCH" else {}

    for condition in ({"If-Match": '"other"'}, {"If-None-Match": tag}):
        refused = api.request(method, path, headers=condition, **body)
        assert problem_of(refused) == (412, "version-mismatch")
        assert refused.headers["ETag"] == tag
    assert api.get(f"/v1/events/{stored['id']}").json() == stored

    done = api.request(method, path, headers={"If-Match": tag}, **body)
    assert done.status_code in {200, 204}
    assert api.get(f"/v1/events/{stored['id']}").json()["version"] == 2


def test_an_occurrence_is_not_replaced(api: User) -> None:
    response = api.put(path_of(choir(api)), json=CHOIR)
    assert response.status_code == 405
    assert response.headers["Allow"] == "DELETE, GET, HEAD, OPTIONS, PATCH"


def test_a_moved_occurrence_keeps_its_recurrence_id(api: User) -> None:
    stored = choir(api)
    moved = api.patch(
        path_of(stored), json={"starts_at": "2044-12-01T08:00:00", "duration": "PT1H"}
    )
    assert moved.json()["recurrence_id"] == SECOND
    assert problem_of(api.get(path_of(stored, "2044-12-01T08:00:00"))) == (
        404,
        "occurrence-not-found",
    )
    back = api.patch(path_of(stored), json={"starts_at": None, "ends_at": None}).json()
    assert back["starts_at"] == "2044-11-30T18:30:00Z"
    assert "overrides" not in back
