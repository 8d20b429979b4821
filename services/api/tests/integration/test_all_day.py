"""Section 1.4 of the contract: events that last all day."""

from typing import Any

import pytest
from tests.integration.client import User
from tests.integration.sql import Sql


def create(api: User, **members: Any) -> dict[str, Any]:
    response = api.post("/v1/events", json={"title": "Fair", "starts_on": "2026-11-23"} | members)
    assert response.status_code == 201, response.text
    stored: dict[str, Any] = response.json()
    return stored


def times(stored: dict[str, Any]) -> tuple[str, str, str, str, str]:
    members = ("starts_on", "ends_on", "starts_at", "ends_at", "duration")
    on, until, start, end, duration = (stored[name] for name in members)
    return on, until, start, end, duration


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        (
            {},
            ("2026-11-23", "2026-11-24", "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z", "P1D"),
        ),
        (
            {"ends_on": "2026-11-26", "time_zone": "Asia/Tokyo"},
            ("2026-11-23", "2026-11-26", "2026-11-22T15:00:00Z", "2026-11-25T15:00:00Z", "P3D"),
        ),
        (
            {"duration": "P2D"},
            ("2026-11-23", "2026-11-25", "2026-11-23T00:00:00Z", "2026-11-25T00:00:00Z", "P2D"),
        ),
        # 25 hours, and one day.
        (
            {"starts_on": "2026-10-25", "time_zone": "Europe/Berlin"},
            ("2026-10-25", "2026-10-26", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", "P1D"),
        ),
        # There is no midnight.
        (
            {"starts_on": "2026-04-24", "time_zone": "Africa/Cairo"},
            ("2026-04-24", "2026-04-25", "2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z", "P1D"),
        ),
    ],
)
def test_the_times_of_an_event_are_midnights(
    api: User, members: dict[str, Any], expected: tuple[str, ...]
) -> None:
    assert times(create(api, **members)) == expected


def test_a_document_can_be_sent_back(api: User) -> None:
    stored = create(api, time_zone="Asia/Tokyo", reminders=["P1D", "-PT9H"])

    again = api.put(f"/v1/events/{stored['id']}", json=stored)

    assert again.json() == stored


@pytest.mark.parametrize(
    ("members", "loc", "type_"),
    [
        ({"ends_on": "2026-11-23"}, ["ends_on"], "end_before_start"),
        ({"duration": "PT24H1S"}, ["duration"], "whole_days"),
        ({"duration": "PT0S"}, ["duration"], "whole_days"),
        ({"duration": "P2D", "ends_on": "2026-11-24"}, ["duration"], "end_conflict"),
        ({"starts_at": "2026-11-23T09:00:00Z"}, ["starts_at"], "all_day"),
        ({"ends_at": "2026-11-23T09:00:00Z"}, ["ends_at"], "all_day"),
        ({"starts_on": None, "ends_on": "2026-11-24"}, ["ends_on"], "all_day"),
        ({"starts_on": "9999-12-31"}, ["starts_on"], "date_time_range"),
        ({"starts_on": "2026-02-30"}, ["starts_on"], "date"),
        ({"notify_before": "-P1DT1S"}, ["notify_before"], "lead_time_range"),
    ],
)
def test_a_wrong_member_is_named(
    api: User, members: dict[str, Any], loc: list[str], type_: str
) -> None:
    document = {"title": "Fair", "starts_on": "2026-11-23"} | members
    response = api.post("/v1/events", json=document)
    [error] = response.json()["errors"]
    assert (response.status_code, error["loc"], error["type"]) == (422, ["body", *loc], type_)


def test_only_an_event_that_lasts_all_day_is_notified_after_its_start(api: User) -> None:
    timed = {"title": "x", "starts_at": "2026-11-23T09:00:00Z", "duration": "PT1H"}
    response = api.post("/v1/events", json=timed | {"notify_before": "-PT1H"})
    assert response.status_code == 422
    assert response.json()["errors"][0]["type"] == "lead_time_range"


def test_a_timed_event_becomes_one_that_lasts_all_day(api: User) -> None:
    stored = api.create(starts_at="2026-11-23T09:00:00Z", time_zone="Asia/Tokyo")

    changed = api.patch_event(stored["id"], starts_on="2026-11-30")

    assert times(changed)[:3] == ("2026-11-30", "2026-12-01", "2026-11-29T15:00:00Z")


def test_an_event_that_lasts_all_day_becomes_a_timed_one(api: User) -> None:
    stored = create(api, ends_on="2026-11-30", time_zone="Asia/Tokyo")

    changed = api.patch_event(stored["id"], starts_at="2026-11-23T09:00:00", duration="PT1H")

    assert changed["starts_at"] == "2026-11-23T00:00:00Z"
    assert not {"starts_on", "ends_on"} & changed.keys()


def test_a_patch_of_the_title_leaves_the_dates(api: User) -> None:
    stored = create(api, ends_on="2026-11-30", notify_before="-PT9H")

    changed = api.patch_event(stored["id"], title="x")

    assert times(changed) == times(stored)
    assert changed["notify_before"] == "-PT9H"


@pytest.mark.parametrize(
    ("lead", "text"),
    [("-PT9H", "-PT9H"), ("-P1D", "-P1D"), ("-PT24H", "-P1D"), ("-PT12H30M0.5S", "-PT12H30M0.5S")],
)
def test_a_negative_lead_is_written_as_it_is_read(api: User, lead: str, text: str) -> None:
    assert create(api, notify_before=lead)["notify_before"] == text


def test_a_reminder_after_midnight_is_pending(api: User, sql: Sql) -> None:
    stored = create(api, starts_on="2044-11-23", notify_before="-PT9H")
    due = sql.value("SELECT due_at::text FROM reminders WHERE event_id = $1", stored["id"])
    assert due == "2044-11-23 09:00:00+00"
