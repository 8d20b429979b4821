"""Section 1.5 of the contract: the document of a series, on both ways."""

from typing import Any
from uuid import UUID

import pytest
from tests.integration.client import User
from tests.integration.sql import MOVE_ON, Sql

CHOIR: dict[str, Any] = {
    "title": "Choir",
    "starts_at": "2044-11-23T19:30:00",
    "duration": "PT2H",
    "time_zone": "Europe/Berlin",
    "recurrence": {"rule": "FREQ=WEEKLY;BYDAY=WE"},
}
FAIR: dict[str, Any] = {
    "title": "Fair",
    "starts_on": "2044-11-23",
    "recurrence": {"rule": "FREQ=YEARLY;COUNT=3"},
}


def post(api: User, base: dict[str, Any], **members: Any) -> dict[str, Any]:
    response = api.post("/v1/events", json=base | members)
    assert response.status_code == 201, response.text
    stored: dict[str, Any] = response.json()
    return stored


def choir(api: User, **members: Any) -> dict[str, Any]:
    return post(api, CHOIR, **members)


def error_of(response: Any) -> tuple[list[str | int], str]:
    assert response.status_code == 422, response.text
    [error] = response.json()["errors"]
    return error["loc"][1:], error["type"]


def test_the_document_is_that_of_the_first_occurrence(api: User) -> None:
    stored = choir(api)
    assert stored["starts_at"] == "2044-11-23T18:30:00Z"
    assert stored["ends_at"] == "2044-11-23T20:30:00Z"
    assert stored["duration"] == "PT2H"
    assert stored["recurrence"] == CHOIR["recurrence"]
    assert not {"overrides", "recurrence_id"} & stored.keys()


@pytest.mark.parametrize("call", ["PUT", "PATCH"])
def test_a_document_can_be_sent_back(api: User, call: str) -> None:
    stored = choir(
        api,
        recurrence={
            "rule": "freq=weekly;count=9",
            "dates": ["2044-11-24T08:00:00", "2044-12-25T12:00:00Z"],
            "excluded": ["2044-12-07T19:30:00", "2044-12-14T18:30:00Z"],
        },
        overrides={
            "2044-11-30T19:30:00": {
                "title": "x",
                "starts_at": "2044-12-01T09:00:00",
                "duration": "PT1H",
            },
            "2044-12-21T19:30:00": {"duration": "PT3H", "reminders": []},
            "2044-12-28T19:30:00": {"location": "y", "notify_before": "PT5M", "busy": False},
        },
        reminders=["P1D", "PT15M"],
    )
    assert stored["recurrence"] == {
        "rule": "freq=weekly;count=9",
        "dates": ["2044-11-24T08:00:00", "2044-12-25T13:00:00"],
        "excluded": ["2044-12-07T19:30:00", "2044-12-14T19:30:00"],
    }
    assert stored["overrides"] == {
        "2044-11-30T19:30:00": {
            "title": "x",
            "starts_at": "2044-12-01T08:00:00Z",
            "ends_at": "2044-12-01T09:00:00Z",
        },
        "2044-12-21T19:30:00": {"duration": "PT3H", "reminders": []},
        "2044-12-28T19:30:00": {"location": "y", "busy": False, "notify_before": "PT5M"},
    }

    response = api.request(call, f"/v1/events/{stored['id']}", json=stored)

    assert response.json() == stored


def test_a_repeated_create_finds_the_series(api: User) -> None:
    stored = choir(api, overrides={"2044-11-30T19:30:00": {"title": "x"}})

    again = api.post("/v1/events", json=stored)

    assert (again.status_code, again.json()) == (200, stored)


@pytest.mark.parametrize(
    ("members", "loc", "type_"),
    [
        ({"time_zone": None}, ["starts_at"], "date_time_offset"),
        (
            {"time_zone": None, "starts_at": "2044-11-23T19:30:00Z"},
            ["time_zone"],
            "missing",
        ),
        ({"recurrence": {}}, ["recurrence"], "missing"),
        ({"recurrence": {"rule": "FREQ=HOURLY"}}, ["recurrence", "rule"], "recurrence_rule"),
        (
            {"recurrence": {"rule": "FREQ=WEEKLY;UNTIL=20440101"}},
            ["recurrence", "rule"],
            "recurrence_rule",
        ),
        ({"recurrence": {"rule": "FREQ=WEEKLY;BYDAY=MO"}}, ["starts_at"], "recurrence_start"),
        ({"recurrence": {"dates": ["2044-11-24T19:30:00"]}}, ["starts_at"], "recurrence_start"),
        (
            {"recurrence": {"rule": "FREQ=DAILY", "dates": ["2044-11-24"]}},
            ["recurrence", "dates", 0],
            "recurrence_date",
        ),
        (
            {"recurrence": {"rule": "FREQ=DAILY;COUNT=1", "excluded": ["2044-11-23T19:30:00"]}},
            ["recurrence", "excluded"],
            "recurrence_empty",
        ),
        ({"duration": "P366DT1S"}, ["duration"], "duration_range"),
        ({"recurrence": None, "overrides": {"2044-11-30": {}}}, ["overrides"], "recurrence"),
        (
            {"overrides": {"2044-11-30T19:30:00": {"ends_at": "2044-11-30T19:00:00"}}},
            ["overrides", "2044-11-30T19:30:00", "ends_at"],
            "end_before_start",
        ),
        (
            {"overrides": {"2044-11-30T19:30:00": {"starts_on": "2044-11-30"}}},
            ["overrides", "2044-11-30T19:30:00", "starts_on"],
            "all_day",
        ),
        (
            {"overrides": {"2044-11-30T19:30:00": {"reminders": ["PT1H", "PT60M"]}}},
            ["overrides", "2044-11-30T19:30:00", "reminders", 1],
            "repeated",
        ),
        ({"recurrence_id": "2044-11-23T19:30:00"}, ["recurrence_id"], "recurrence_id"),
        (
            {
                "starts_at": "2044-10-30T02:30:00+01:00",
                "recurrence": {"rule": "FREQ=DAILY"},
            },
            ["starts_at"],
            "recurrence_start",
        ),
    ],
)
def test_a_wrong_member_is_named(
    api: User, members: dict[str, Any], loc: list[str | int], type_: str
) -> None:
    assert error_of(api.post("/v1/events", json=CHOIR | members)) == (loc, type_)


def test_exceptions_that_name_no_occurrence_are_dropped(api: User) -> None:
    stored = choir(
        api,
        recurrence={"rule": "FREQ=WEEKLY", "excluded": ["2044-11-24T19:30:00"]},
        overrides={"2044-11-25T19:30:00": {"title": "x"}, "2044-11-30T19:30:00": {}},
    )
    assert stored["recurrence"] == {"rule": "FREQ=WEEKLY"}
    assert "overrides" not in stored


def test_exceptions_are_limited_together(api: User) -> None:
    days = [f"2044-{month:02}-{day:02}T19:30:00" for month in (1, 2, 3) for day in range(1, 28)]
    many = [f"{year}{day[4:]}" for year in range(2045, 2059) for day in days][:1_000]
    recurrence = {"rule": "FREQ=DAILY", "dates": many}
    assert choir(api, recurrence=recurrence)["recurrence"]["dates"] == sorted(many)

    response = api.post(
        "/v1/events",
        json=CHOIR | {"recurrence": recurrence, "overrides": {"2044-11-24T19:30:00": {}}},
    )

    assert error_of(response) == (["recurrence"], "too_long")


def test_exceptions_follow_by_date_when_the_hour_changes(api: User) -> None:
    stored = choir(
        api,
        recurrence={"rule": "FREQ=WEEKLY", "excluded": ["2044-12-07T19:30:00"]},
        overrides={"2044-11-30T19:30:00": {"title": "x"}},
    )

    changed = api.patch_event(stored["id"], starts_at="2044-11-23T18:00:00", duration="PT2H")

    assert changed["recurrence"]["excluded"] == ["2044-12-07T18:00:00"]
    assert changed["overrides"] == {"2044-11-30T18:00:00": {"title": "x"}}


def test_exceptions_whose_date_the_new_rule_does_not_have_are_dropped(api: User) -> None:
    stored = choir(
        api,
        recurrence={"rule": "FREQ=WEEKLY", "excluded": ["2044-12-07T19:30:00"]},
        overrides={"2044-11-30T19:30:00": {"title": "x"}, "2044-12-21T19:30:00": {"title": "y"}},
    )

    changed = api.patch_event(stored["id"], recurrence={"rule": "FREQ=WEEKLY;INTERVAL=4"})

    assert changed["recurrence"] == {"rule": "FREQ=WEEKLY;INTERVAL=4"}
    assert changed["overrides"] == {"2044-12-21T19:30:00": {"title": "y"}}


def test_a_patch_merges_into_recurrence_and_overrides(api: User) -> None:
    stored = choir(
        api,
        recurrence={"rule": "FREQ=WEEKLY", "excluded": ["2044-12-07T19:30:00"]},
        overrides={
            "2044-11-30T19:30:00": {"title": "x", "location": "y"},
            "2044-12-14T19:30:00": {"title": "z"},
        },
    )

    changed = api.patch_event(
        stored["id"],
        recurrence={"dates": ["2044-11-24T10:00:00"]},
        overrides={
            "2044-11-30T19:30:00": {"title": None, "duration": "PT1H"},
            "2044-12-14T19:30:00": None,
        },
    )

    assert changed["recurrence"] == {
        "rule": "FREQ=WEEKLY",
        "dates": ["2044-11-24T10:00:00"],
        "excluded": ["2044-12-07T19:30:00"],
    }
    assert changed["overrides"] == {"2044-11-30T19:30:00": {"location": "y", "duration": "PT1H"}}


def test_without_recurrence_the_first_occurrence_is_left(api: User, sql: Sql) -> None:
    stored = choir(api, overrides={"2044-11-30T19:30:00": {"title": "x"}})

    single = api.patch_event(stored["id"], recurrence=None)

    assert not {"recurrence", "overrides"} & single.keys()
    assert (single["starts_at"], single["ends_at"]) == (stored["starts_at"], stored["ends_at"])
    [row] = sql.rows("SELECT * FROM schedules WHERE event_id = $1", stored["id"])
    assert row["first_starts_at"] is None


def test_an_all_day_series_has_dates(api: User) -> None:
    stored = post(
        api,
        FAIR,
        recurrence={"rule": "FREQ=YEARLY;COUNT=4", "excluded": ["2045-11-23"]},
        overrides={
            "2046-11-23": {"starts_on": "2046-11-24", "ends_on": "2046-11-26"},
            "2047-11-23": {"duration": "P2D"},
        },
    )
    assert stored["recurrence"]["excluded"] == ["2045-11-23"]
    assert stored["overrides"] == {
        "2046-11-23": {"starts_on": "2046-11-24", "ends_on": "2046-11-26"},
        "2047-11-23": {"duration": "P2D"},
    }
    assert api.put(f"/v1/events/{stored['id']}", json=stored).json() == stored


def test_a_series_ends_with_its_last_occurrence(api: User, sql: Sql) -> None:
    """Retention counts from there."""
    recurrence = {"rule": "FREQ=WEEKLY;COUNT=3", "dates": ["2044-11-20T09:00:00"]}
    moved = {"2044-12-07T19:30:00": {"starts_at": "2045-01-01T09:00:00", "duration": "PT1H"}}
    stored = choir(api, recurrence=recurrence, overrides=moved)
    endless = choir(api)

    rows = sql.rows(
        "SELECT id, ends_at, first_starts_at, last_ends_at FROM events "
        "JOIN schedules ON event_id = id AND schedules.user_id = events.user_id "
        "WHERE events.user_id = $1",
        api.name,
    )

    spans = {str(row["id"]): [str(value) for value in row[1:]] for row in rows}
    assert spans[stored["id"]] == [
        "2045-01-01 09:00:00+00:00",
        "2044-11-20 08:00:00+00:00",
        "2045-01-01 09:00:00+00:00",
    ]
    assert spans[endless["id"]][0] == "9999-12-31 23:59:59+00:00"


def test_one_row_of_reminders_has_the_next_ones(api: User, sql: Sql) -> None:
    choir(api, reminders=["P1D", "PT15M"])

    [row] = sql.rows("SELECT * FROM reminders WHERE user_id = $1", api.name)

    assert str(row["due_at"]) == "2044-11-22 18:30:00+00:00"
    assert row["recurrence_id"] == "2044-11-23T19:30:00"
    assert str(row["upcoming_due"][0]) == "2044-11-23 18:15:00+00:00"
    assert row["upcoming_ids"][:2] == ["2044-11-23T19:30:00", "2044-11-30T19:30:00"]
    assert (len(row["upcoming_due"]), row["upcoming_from"]) == (9, 1)
    [schedule] = sql.rows("SELECT * FROM schedules WHERE user_id = $1", api.name)
    assert schedule["planned_due"] == row["upcoming_due"][-1]


def test_a_new_title_leaves_the_reminders_as_they_are(api: User, sql: Sql) -> None:
    stored = choir(api, notify_before="P1D")
    [before] = sql.rows("SELECT *, xmin FROM reminders WHERE user_id = $1", api.name)

    api.patch_event(stored["id"], title="x", overrides={"2044-11-30T19:30:00": {"title": "y"}})

    assert sql.rows("SELECT *, xmin FROM reminders WHERE user_id = $1", api.name) == [before]


def test_excluding_an_occurrence_removes_its_reminder(api: User, sql: Sql) -> None:
    stored = choir(api, notify_before="P1D")

    api.patch_event(stored["id"], recurrence={"excluded": ["2044-11-23T19:30:00"]})

    [row] = sql.rows("SELECT * FROM reminders WHERE user_id = $1", api.name)
    assert row["recurrence_id"] == "2044-11-30T19:30:00"


def test_what_was_sent_is_not_planned_again(api: User, sql: Sql) -> None:
    stored = choir(api, notify_before="P1D")
    # The first one is sent: the Scheduler has moved on.
    sql.run(MOVE_ON, api.name, UUID(stored["id"]))

    api.patch_event(stored["id"], recurrence={"excluded": ["2044-12-07T19:30:00"]})

    [row] = sql.rows("SELECT * FROM reminders WHERE user_id = $1", api.name)
    assert row["recurrence_id"] == "2044-11-30T19:30:00"
    assert row["upcoming_ids"][0] == "2044-12-14T19:30:00"
