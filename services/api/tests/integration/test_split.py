"""Section 1.5 of the contract: this and following occurrences, split off or deleted."""

from typing import Any
from uuid import UUID, uuid4

import pytest
import requests
from tests.integration.client import User
from tests.integration.proxy import Faults
from tests.integration.sql import Sql
from tests.integration.test_occurrences import CHOIR, FAIR, choir, path_of, post, problem_of

FIRST, SECOND, THIRD = (f"2044-{day}T19:30:00" for day in ("11-23", "11-30", "12-07"))
ENDLESS = CHOIR | {"recurrence": {"rule": "FREQ=WEEKLY"}}


def split(api: User, stored: dict[str, Any], at: str, **changes: Any) -> requests.Response:
    return api.post(f"/v1/events/{stored['id']}/split", json={"at": at, "changes": changes})


def new_series(api: User, stored: dict[str, Any], at: str, **changes: Any) -> dict[str, Any]:
    response = split(api, stored, at, **changes)
    assert response.status_code == 201, response.text
    document: dict[str, Any] = response.json()
    return document


def again(api: User, stored: dict[str, Any]) -> dict[str, Any]:
    document: dict[str, Any] = api.get(f"/v1/events/{stored['id']}").json()
    return document


def delete_from(api: User, stored: dict[str, Any], at: str, **headers: str) -> requests.Response:
    return api.delete(f"/v1/events/{stored['id']}", params={"from": at}, headers=headers)


def error_of(response: requests.Response) -> tuple[list[str | int], str]:
    assert response.status_code == 422, response.text
    [error] = response.json()["errors"]
    return error["loc"], error["type"]


def test_a_series_is_split_in_two(api: User) -> None:
    stored = post(api, ENDLESS)

    response = split(api, stored, THIRD)

    new = response.json()
    assert response.status_code == 201
    assert response.headers["Location"] == f"/v1/events/{new['id']}"
    found = api.get(response.headers["Location"])
    assert (found.json(), found.headers["ETag"]) == (new, response.headers["ETag"])
    assert UUID(new["id"]).version == 7
    assert new["id"] != stored["id"]
    assert new == stored | {
        "id": new["id"],
        "starts_at": "2044-12-07T18:30:00Z",
        "ends_at": "2044-12-07T20:30:00Z",
        "created_at": new["created_at"],
        "updated_at": new["created_at"],
    }
    old = again(api, stored)
    assert old == stored | {
        "version": 2,
        "updated_at": old["updated_at"],
        "recurrence": {"rule": "FREQ=WEEKLY;UNTIL=20441206"},
    }
    assert api.get(path_of(old, SECOND)).status_code == 200
    assert api.get(path_of(new, THIRD)).status_code == 200
    assert api.get(path_of(old, THIRD)).status_code == 404
    assert api.get(path_of(new, SECOND)).status_code == 404


def test_the_changes_are_of_the_new_series(api: User) -> None:
    stored = choir(api)
    changes = {"title": "Choir, later", "starts_at": f"{THIRD[:10]}T20:00:00", "duration": "PT1H"}

    new = new_series(api, stored, THIRD, **changes, reminders=None, location="Town hall")

    assert (new["title"], new["location"]) == ("Choir, later", "Town hall")
    assert (new["starts_at"], new["duration"]) == ("2044-12-07T19:00:00Z", "PT1H")
    assert new["notify_before"] is None
    old = again(api, stored)
    assert (old["title"], old["starts_at"]) == (stored["title"], stored["starts_at"])
    assert old["notify_before"] == "P1D"


def test_count_is_shared_out(api: User) -> None:
    stored = post(api, CHOIR, recurrence={"rule": "FREQ=WEEKLY;COUNT=10"})
    new = new_series(api, stored, THIRD)
    assert again(api, stored)["recurrence"] == {"rule": "FREQ=WEEKLY;COUNT=2"}
    assert new["recurrence"] == {"rule": "FREQ=WEEKLY;COUNT=8"}


def test_the_new_series_may_have_another_rule(api: User) -> None:
    stored = post(api, ENDLESS)
    new = new_series(api, stored, THIRD, recurrence={"rule": "FREQ=WEEKLY;INTERVAL=2;COUNT=3"})
    assert new["recurrence"] == {"rule": "FREQ=WEEKLY;INTERVAL=2;COUNT=3"}
    assert again(api, stored)["recurrence"] == {"rule": "FREQ=WEEKLY;UNTIL=20441206"}


def test_exceptions_go_along_by_date(api: User) -> None:
    stored = post(
        api,
        ENDLESS,
        recurrence={
            "rule": "FREQ=WEEKLY",
            "dates": ["2044-11-24T10:00:00", "2044-12-24T10:00:00"],
            "excluded": [SECOND, "2044-12-14T19:30:00"],
        },
        overrides={FIRST: {"title": "First"}, "2044-12-21T19:30:00": {"title": "Party"}},
    )

    new = new_series(api, stored, THIRD, starts_at=f"{THIRD[:10]}T18:00:00", duration="PT2H")

    old = again(api, stored)
    assert old["recurrence"] == {
        "rule": "FREQ=WEEKLY;UNTIL=20441206",
        "dates": ["2044-11-24T10:00:00"],
        "excluded": [SECOND],
    }
    assert old["overrides"] == {FIRST: {"title": "First"}}
    assert new["recurrence"] == {
        "rule": "FREQ=WEEKLY",
        "dates": ["2044-12-24T10:00:00"],
        "excluded": ["2044-12-14T18:00:00"],
    }
    assert new["overrides"] == {"2044-12-21T18:00:00": {"title": "Party"}}


def test_exceptions_that_the_new_rule_does_not_have_are_dropped(api: User) -> None:
    stored = post(
        api,
        ENDLESS,
        recurrence={"rule": "FREQ=WEEKLY", "excluded": ["2044-12-14T19:30:00"]},
        overrides={"2044-12-21T19:30:00": {"title": "Party"}},
    )
    new = new_series(api, stored, THIRD, recurrence={"rule": "FREQ=WEEKLY;INTERVAL=4"})
    assert new["recurrence"] == {"rule": "FREQ=WEEKLY;INTERVAL=4"}
    assert "overrides" not in new


def test_a_series_is_split_at_a_changed_occurrence(api: User) -> None:
    """It starts as scheduled, and its first occurrence stays changed."""
    change = {"title": "Concert", "starts_at": "2044-12-08T20:00:00", "duration": "PT3H"}
    stored = choir(api, overrides={THIRD: change})

    new = new_series(api, stored, THIRD, title="Choir, later")

    assert (new["title"], new["starts_at"]) == ("Choir, later", "2044-12-07T18:30:00Z")
    occurrence = api.get(path_of(new, THIRD)).json()
    assert (occurrence["title"], occurrence["starts_at"]) == ("Concert", "2044-12-08T19:00:00Z")
    assert "overrides" not in again(api, stored)


def test_a_series_is_split_at_an_additional_date(api: User) -> None:
    """Its rule goes on by its own time."""
    date = "2044-12-01T10:00:00"
    stored = post(api, ENDLESS, recurrence={"rule": "FREQ=WEEKLY", "dates": [date]})
    new = new_series(api, stored, date)
    assert new["starts_at"] == "2044-12-07T18:30:00Z"
    assert new["recurrence"] == {"rule": "FREQ=WEEKLY", "dates": [date]}
    assert again(api, stored)["recurrence"] == {"rule": "FREQ=WEEKLY;UNTIL=20441130"}


def test_an_all_day_series_is_split(api: User, sql: Sql) -> None:
    stored = post(api, FAIR, recurrence={"rule": "FREQ=YEARLY"}, time_zone="Asia/Tokyo")
    new = new_series(api, stored, "2046-11-23", duration="P3D")
    assert (new["starts_on"], new["ends_on"]) == ("2046-11-23", "2046-11-26")
    assert new["starts_at"] == "2046-11-22T15:00:00Z"
    old = again(api, stored)
    assert old["recurrence"] == {"rule": "FREQ=YEARLY;UNTIL=20461122"}
    # Retention counts from the end of the last occurrence.
    ends_at = sql.value("SELECT ends_at FROM events WHERE id = $1", UUID(stored["id"]))
    assert ends_at.isoformat() == "2045-11-24T15:00:00+00:00"


def test_without_recurrence_one_event_is_left_of_what_follows(api: User) -> None:
    stored = post(api, ENDLESS, overrides={THIRD: {"title": "Concert"}})
    new = new_series(api, stored, THIRD, recurrence=None)
    assert not {"recurrence", "overrides"} & new.keys()
    assert new["starts_at"] == "2044-12-07T18:30:00Z"


@pytest.mark.parametrize("body", [{"at": THIRD}, {"at": THIRD, "changes": {}}])
def test_changes_are_optional(api: User, body: dict[str, Any]) -> None:
    stored = choir(api)
    response = api.post(f"/v1/events/{stored['id']}/split", json=body)
    assert response.status_code == 201
    assert response.json()["title"] == stored["title"]


@pytest.mark.parametrize(
    ("at", "changes", "loc", "type_"),
    [
        (FIRST, {}, ["at"], "first_occurrence"),
        ("x", {}, ["at"], "recurrence_id"),
        (THIRD + "Z", {}, ["at"], "recurrence_id"),
        (None, {}, ["at"], "recurrence_id"),
        (THIRD, {"colour": "green"}, ["changes", "colour"], "extra_forbidden"),
        (THIRD, {"title": " "}, ["changes", "title"], "string_too_short"),
        (THIRD, {"id": str(uuid4())}, ["changes", "id"], "immutable"),
        (THIRD, {"recurrence_id": THIRD}, ["changes", "recurrence_id"], "recurrence_id"),
        (
            THIRD,
            {"starts_at": "2044-12-08T19:30:00", "duration": "PT1H"},
            ["changes", "starts_at"],
            "recurrence_start",
        ),
        (THIRD, {"ends_at": "2044-12-07T18:00:00Z"}, ["changes", "ends_at"], "end_before_start"),
        (
            THIRD,
            {"recurrence": {"rule": "FREQ=HOURLY"}},
            ["changes", "recurrence", "rule"],
            "recurrence_rule",
        ),
    ],
)
def test_a_wrong_member_is_named(
    api: User,
    at: str | None,
    changes: dict[str, Any],
    loc: list[str | int],
    type_: str,
) -> None:
    stored = post(api, ENDLESS, recurrence={"rule": "FREQ=WEEKLY;BYDAY=WE"})
    response = api.post(f"/v1/events/{stored['id']}/split", json={"at": at, "changes": changes})
    assert error_of(response) == (["body", *loc], type_)
    assert again(api, stored) == stored


def test_nothing_is_split_where_the_earlier_occurrences_are_excluded(api: User) -> None:
    stored = post(api, ENDLESS, recurrence={"rule": "FREQ=WEEKLY", "excluded": [FIRST, SECOND]})
    assert error_of(split(api, stored, THIRD)) == (["body", "at"], "first_occurrence")


@pytest.mark.parametrize("at", ["2044-12-14T19:30:00", "2044-12-07", "2044-12-07T19:31:00"])
def test_what_is_no_occurrence_is_404(api: User, at: str) -> None:
    stored = choir(api)
    for response in (split(api, stored, at), delete_from(api, stored, at)):
        assert problem_of(response) == (404, "occurrence-not-found")
    assert again(api, stored) == stored


def test_an_event_that_does_not_recur_is_not_split(api: User) -> None:
    stored = post(api, FAIR, recurrence=None)
    for response in (split(api, stored, "2044-11-23"), delete_from(api, stored, "2044-11-23")):
        assert problem_of(response) == (404, "occurrence-not-found")
    assert again(api, stored) == stored


def test_no_event_and_another_users_event_are_not_split(api: User, other: User) -> None:
    stored = choir(api)
    for user, event in ((api, {"id": uuid4()}), (other, stored)):
        for response in (split(user, event, THIRD), delete_from(user, event, THIRD)):
            assert problem_of(response) == (404, "event-not-found")
    assert again(api, stored) == stored


def test_a_series_is_split_under_conditions(api: User) -> None:
    stored = choir(api)
    path = f"/v1/events/{stored['id']}"
    tag = api.get(path).headers["ETag"]
    for condition in ({"If-Match": '"other"'}, {"If-None-Match": tag}):
        refused = api.post(f"{path}/split", json={"at": THIRD}, headers=condition)
        assert problem_of(refused) == (412, "version-mismatch")
        assert problem_of(delete_from(api, stored, THIRD, **condition)) == (412, "version-mismatch")
    assert again(api, stored) == stored

    done = api.post(f"{path}/split", json={"at": THIRD}, headers={"If-Match": tag})
    assert done.status_code == 201
    tag = api.get(path).headers["ETag"]
    assert delete_from(api, stored, SECOND, **{"If-Match": tag}).status_code == 204


def test_a_split_can_be_repeated_with_its_key(api: User) -> None:
    stored = choir(api)
    tag = api.get(f"/v1/events/{stored['id']}").headers["ETag"]

    def send(at: str = THIRD, **changes: Any) -> requests.Response:
        return api.post(
            f"/v1/events/{stored['id']}/split",
            json={"at": at, "changes": {"title": "Later"} | changes},
            headers={"Idempotency-Key": "one", "If-Match": tag},
        )

    first, second = send(), send()

    assert (first.status_code, second.status_code) == (201, 200)
    assert (second.json(), second.headers["ETag"]) == (first.json(), first.headers["ETag"])
    assert second.headers["Location"] == first.headers["Location"]
    assert again(api, stored)["version"] == 2
    assert problem_of(send(location="Town hall")) == (409, "event-exists")
    # Another split is not taken for a repetition.
    assert problem_of(send(SECOND)) == (412, "version-mismatch")
    api.delete(f"/v1/events/{stored['id']}")
    assert send().status_code == 200
    api.delete(first.headers["Location"])
    assert problem_of(send()) == (404, "event-not-found")


def test_a_repeated_split_without_a_key_finds_no_occurrence(api: User) -> None:
    stored = choir(api)
    assert split(api, stored, THIRD).status_code == 201
    assert problem_of(split(api, stored, THIRD)) == (404, "occurrence-not-found")


def test_a_split_whose_commit_is_in_doubt_is_found(far: User, faults: Faults, sql: Sql) -> None:
    stored = choir(far)
    before = faults.cuts
    faults.cut_after = b"COMMIT"

    new = new_series(far, stored, THIRD, title="Later")

    assert faults.cuts == before + 1
    assert sql.value("SELECT count(*) FROM events WHERE user_id = $1", far.name) == 2
    assert again(far, new) == new
    assert again(far, stored)["version"] == 2


def test_this_and_following_are_deleted(api: User) -> None:
    stored = choir(api, overrides={SECOND: {"title": "Concert"}, THIRD: {"title": "Party"}})

    response = delete_from(api, stored, THIRD)

    assert (response.status_code, response.content) == (204, b"")
    old = again(api, stored)
    assert old["recurrence"] == {"rule": "FREQ=WEEKLY;COUNT=2"}
    assert old["overrides"] == {SECOND: {"title": "Concert"}}
    assert old["version"] == 2
    assert problem_of(delete_from(api, stored, THIRD)) == (404, "occurrence-not-found")


@pytest.mark.parametrize("excluded", [[], [FIRST]])
def test_from_the_first_occurrence_the_event_is_deleted(api: User, excluded: list[str]) -> None:
    stored = post(api, ENDLESS, recurrence={"rule": "FREQ=WEEKLY", "excluded": excluded})
    first = SECOND if excluded else FIRST
    assert delete_from(api, stored, first).status_code == 204
    assert problem_of(api.get(f"/v1/events/{stored['id']}")) == (404, "event-not-found")
    assert problem_of(delete_from(api, stored, first)) == (404, "event-not-found")


@pytest.mark.parametrize("query", ["from=", "from=x", f"from={THIRD}Z", "form=x", "at=x"])
def test_nothing_is_deleted_from_what_is_malformed(api: User, query: str) -> None:
    stored = choir(api)
    assert api.delete(f"/v1/events/{stored['id']}?{query}").status_code == 422
    assert again(api, stored) == stored
