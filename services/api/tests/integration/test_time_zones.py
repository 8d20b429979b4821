"""Section 1.3 of the contract: wall times in a zone, and the instants that follow from them."""

from typing import Any

import pytest
from tests.integration.client import User, event
from tests.integration.sql import Sql

BERLIN = "Europe/Berlin"


def create(api: User, **members: Any) -> dict[str, Any]:
    return api.create(**{"duration": "PT1H", "time_zone": BERLIN} | members)


def error_of(api: User, **members: Any) -> tuple[list[str | int], str]:
    response = api.post("/v1/events", json=event(**members))
    assert response.status_code == 422, response.text
    [error] = response.json()["errors"]
    return error["loc"], error["type"]


@pytest.mark.parametrize(
    ("local", "instant"),
    [
        ("2027-03-01T09:00:00", "2027-03-01T08:00:00Z"),
        ("2027-07-01T09:00:00.5", "2027-07-01T07:00:00.500000Z"),
        # In a gap: forward by the gap. Of two equal wall times: the first.
        ("2026-03-29T02:30:00", "2026-03-29T01:30:00Z"),
        ("2026-10-25T02:30:00", "2026-10-25T00:30:00Z"),
        # With an offset it is an instant.
        ("2027-03-01T09:00:00+05:00", "2027-03-01T04:00:00Z"),
    ],
)
def test_a_local_start_is_read_in_the_zone(api: User, local: str, instant: str) -> None:
    stored = create(api, starts_at=local)
    assert (stored["starts_at"], stored["time_zone"]) == (instant, BERLIN)


def test_a_local_end_is_read_in_the_zone(api: User) -> None:
    stored = create(
        api, starts_at="2027-03-27T22:00:00", ends_at="2027-03-28T06:00:00", duration=None
    )
    assert stored["duration"] == "PT7H"


def test_a_zone_has_one_spelling(api: User) -> None:
    assert create(api, time_zone="europe/BERLIN")["time_zone"] == BERLIN


def test_an_event_without_a_zone_has_no_member_for_it(api: User) -> None:
    assert "time_zone" not in api.create()


def test_a_local_time_needs_a_zone(api: User) -> None:
    assert error_of(api, starts_at="2027-03-01T09:00:00") == (
        ["body", "starts_at"],
        "date_time_offset",
    )


def test_an_unknown_zone_is_refused(api: User) -> None:
    assert error_of(api, time_zone="Europe/Atlantis") == (["body", "time_zone"], "time_zone")


def test_a_patch_of_the_zone_keeps_the_wall_time_of_an_event_that_had_one(api: User) -> None:
    stored = create(api, starts_at="2027-03-01T09:00:00")

    moved = api.patch_event(stored["id"], time_zone="America/New_York")

    assert (moved["starts_at"], moved["duration"]) == ("2027-03-01T14:00:00Z", "PT1H")


def test_a_patch_of_the_zone_keeps_the_instant_of_an_event_that_had_none(
    api: User, sql: Sql
) -> None:
    stored = api.create(starts_at="2027-03-01T09:00:00Z")

    zoned = api.patch_event(stored["id"], time_zone=BERLIN)

    assert zoned["starts_at"] == "2027-03-01T09:00:00Z"
    local = sql.value("SELECT local_start::text FROM events WHERE id = $1", stored["id"])
    assert local == "2027-03-01 10:00:00"


def test_a_zone_can_be_taken_away(api: User) -> None:
    stored = create(api, starts_at="2027-03-01T09:00:00")

    instant = api.patch_event(stored["id"], time_zone=None)

    assert instant["starts_at"] == stored["starts_at"]
    assert "time_zone" not in instant


@pytest.mark.parametrize("call", ["PUT", "PATCH"])
def test_sending_back_the_same_instant_keeps_a_wall_time_in_a_gap(
    api: User, sql: Sql, call: str
) -> None:
    stored = create(api, starts_at="2027-03-28T02:30:00")
    document = api.get(f"/v1/events/{stored['id']}").json()

    response = api.request(call, f"/v1/events/{stored['id']}", json=document | {"title": "x"})

    assert response.status_code == 200, response.text
    local = sql.value("SELECT local_start::text FROM events WHERE id = $1", stored["id"])
    assert local == "2027-03-28 02:30:00"


def test_a_single_event_may_start_in_the_second_of_two_equal_hours(api: User) -> None:
    stored = create(
        api,
        starts_at="2026-10-25T02:30:00+01:00",
        ends_at="2026-10-25T02:45:00+01:00",
        duration=None,
    )
    assert (stored["starts_at"], stored["ends_at"]) == (
        "2026-10-25T01:30:00Z",
        "2026-10-25T01:45:00Z",
    )


def test_the_rules_of_the_zone_are_noted_for_what_lies_ahead(api: User, sql: Sql) -> None:
    ahead = create(api, starts_at="2044-03-01T09:00:00")
    over = create(api, starts_at="2020-03-01T09:00:00")

    rows = {
        str(row["event_id"]): row["zone_rules"]
        for row in sql.rows("SELECT * FROM schedules WHERE user_id = $1", api.name)
    }

    assert BERLIN in rows[ahead["id"]]
    assert over["id"] not in rows
