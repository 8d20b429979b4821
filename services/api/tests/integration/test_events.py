"""The calls for single events, as section 1 of the contract specifies them."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.integration.client import START, User, event

PROBLEM = {"type", "title", "status", "detail", "instance", "request_id"}


def test_create_returns_the_whole_event(api: User) -> None:
    response = api.post(
        "/v1/events",
        json=event(
            title="  Зубной врач 🦷 ",
            starts_at="2026-11-23T10:00:00.123456+03:00",
            description='"quoted" \\ \n\u2028',
            notify_before="P1DT12H",
        ),
    )
    created = response.json()
    assert response.status_code == 201
    assert response.headers["Location"] == f"/v1/events/{created['id']}"
    assert UUID(created.pop("id")).version == 7
    assert created.pop("created_at") == created.pop("updated_at")
    assert created == {
        "user_id": api.name,
        "title": "Зубной врач 🦷",
        "description": '"quoted" \\ \n\u2028',
        "starts_at": "2026-11-23T07:00:00.123456Z",
        "ends_at": "2026-11-23T07:45:00.123456Z",
        "duration": "PT45M",
        "notify_before": "P1DT12H",
        "version": 1,
    }


def test_create_get_and_list_return_the_same_json(api: User) -> None:
    created = api.create(description="x", notify_before="PT15M")
    response = api.get(f"/v1/events/{created['id']}")
    assert response.json() == created
    assert api.listed("/day", date="2026-11-23") == [created]
    # Not only equal, but the same bytes.
    page = api.get("/v1/events/day", params={"date": "2026-11-23"})
    assert response.content in page.content


@pytest.mark.parametrize(
    ("starts_at", "duration", "ends_at"),
    [
        ("0001-01-01T00:00:00Z", "PT0S", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59.999999Z", "PT0S", "9999-12-31T23:59:59.999999Z"),
        ("0001-01-01T00:00:00Z", "P3652058DT23H59M59.999999S", "9999-12-31T23:59:59.999999Z"),
        ("2026-11-23T07:00:00.000001Z", "PT0.000001S", "2026-11-23T07:00:00.000002Z"),
        ("2026-11-23T07:00:00Z", "P10675D", "2056-02-14T07:00:00Z"),
    ],
)
def test_instants_from_year_1_to_9999_can_be_stored(
    api: User, starts_at: str, duration: str, ends_at: str
) -> None:
    created = api.create(starts_at=starts_at, duration=duration)
    assert created["starts_at"] == starts_at
    assert created["ends_at"] == ends_at
    assert created["duration"] == duration


def test_a_repeated_create_returns_the_stored_event(api: User) -> None:
    id_ = str(uuid4())
    first = api.post("/v1/events", json=event(id=id_, notify_before="P1D"))
    in_other_words = event(
        id=id_.upper(),
        title=" Dentist ",
        starts_at="2026-11-23T10:00:00+03:00",
        duration="PT2700S",
        notify_before="PT24H",
    )
    again = api.post("/v1/events", json=in_other_words)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Location"] == first.headers["Location"]


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "Doctor"},
        {"starts_at": "2026-11-23T07:00:00.000001Z"},
        {"duration": "PT46M"},
        {"description": ""},
        {"notify_before": "PT0S"},
        {"location": "5 High Street"},
        {"busy": False},
    ],
)
def test_create_with_a_known_id_and_other_content_is_a_conflict(api: User, changes: Any) -> None:
    stored = api.create()
    response = api.post("/v1/events", json=event(id=stored["id"], **changes))
    assert response.status_code == 409
    assert stored["id"] in response.json()["detail"]
    assert api.get(f"/v1/events/{stored['id']}").json() == stored


def test_put_replaces_the_whole_event(api: User) -> None:
    stored = api.create(description="x", notify_before="P1D")
    response = api.put(f"/v1/events/{stored['id']}", json=event(title="Doctor", duration="PT1H"))
    assert response.status_code == 200
    replaced = response.json()
    assert replaced["updated_at"] > stored["updated_at"]
    changes = {
        "title": "Doctor",
        "description": None,
        "notify_before": None,
        "ends_at": "2026-11-23T08:00:00Z",
        "duration": "PT1H",
        "version": 2,
        "updated_at": replaced["updated_at"],
    }
    assert replaced == stored | changes
    assert api.get(f"/v1/events/{stored['id']}").json() == replaced


def test_a_response_has_a_location_only_if_it_is_set(api: User) -> None:
    stored = api.create(location='"5", High\nStreet')
    assert stored["location"] == '"5", High\nStreet'
    assert api.listed("/day", date="2026-11-23") == [stored]
    again = api.post("/v1/events", json=event(id=stored["id"], location=stored["location"]))
    assert (again.status_code, again.json()) == (200, stored)
    assert api.patch_event(stored["id"], title="Doctor")["location"] == stored["location"]
    assert "location" not in api.patch_event(stored["id"], location=None)
    assert "location" not in api.create()


def test_an_event_that_leaves_its_user_free_says_so(api: User) -> None:
    stored = api.create(busy=False)
    assert stored["busy"] is False
    assert api.listed("/day", date="2026-11-23") == [stored]
    again = api.post("/v1/events", json=event(id=stored["id"], busy=False))
    assert (again.status_code, again.json()) == (200, stored)
    assert api.patch_event(stored["id"], title="Doctor")["busy"] is False
    assert "busy" not in api.patch_event(stored["id"], busy=None)


def test_an_event_that_keeps_its_user_busy_does_not_say_so(api: User) -> None:
    stored = api.create(busy=True)
    assert "busy" not in stored
    again = api.post("/v1/events", json=event(id=stored["id"]))
    assert (again.status_code, again.json()) == (200, stored)
    assert api.patch_event(stored["id"], busy=True) == stored


def test_put_may_repeat_the_id_but_not_change_it(api: User) -> None:
    path = f"/v1/events/{api.create()['id']}"
    assert api.put(path, json=event(id=path[-36:])).status_code == 200
    response = api.put(path, json=event(id=str(uuid4())))
    assert response.status_code == 422
    assert response.json()["errors"][0]["loc"] == ["body", "id"]


def test_patch_changes_what_is_sent(api: User) -> None:
    stored = api.create(description="x", notify_before="P1D")
    changed = api.patch_event(stored["id"], title="Doctor", description=None)
    assert changed == stored | {
        "title": "Doctor",
        "description": None,
        "version": 2,
        "updated_at": changed["updated_at"],
    }


@pytest.mark.parametrize(
    "content_type",
    ["application/merge-patch+json", "application/json", "application/json; charset=UTF-8"],
)
def test_patch_takes_both_types(api: User, content_type: str) -> None:
    path = f"/v1/events/{api.create()['id']}"
    response = api.patch(path, data='{"title": "x"}', headers={"Content-Type": content_type})
    assert response.status_code == 200


def test_a_patch_that_makes_the_event_invalid_is_refused(api: User) -> None:
    stored = api.create()
    response = api.patch(f"/v1/events/{stored['id']}", json={"starts_at": "2026-11-24T07:00:00Z"})
    assert response.status_code == 422
    assert response.json()["errors"][0]["loc"] == ["body", "ends_at"]
    assert api.get(f"/v1/events/{stored['id']}").json() == stored


texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
titles = texts.map(lambda text: f"x{text}")
starts = st.sampled_from([START, "2026-11-23T10:00:00.5+05:00", "2031-01-01T00:00:00Z"])
durations = st.sampled_from(["PT0S", "PT45M", "P40D", "PT0.000001S"])
leads = st.sampled_from(["PT0S", "P1D", "P366D", None])
wholes = st.fixed_dictionaries(
    {"title": titles, "starts_at": starts, "duration": durations},
    optional={
        "description": texts | st.none(),
        "notify_before": leads,
        "location": texts | st.none(),
        "busy": st.booleans() | st.none(),
    },
)
patches = st.fixed_dictionaries(
    {},
    optional={
        "title": titles,
        "starts_at": starts,
        "duration": durations,
        "description": texts | st.none(),
        "notify_before": leads,
        "location": texts | st.none(),
        "busy": st.booleans() | st.none(),
    },
)
MEMBERS = ("title", "starts_at", "ends_at", "description", "notify_before", "location", "busy")


@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(whole=wholes, patch=patches)
def test_patch_equals_put_of_the_merged_document(
    api: User, whole: dict[str, Any], patch: dict[str, Any]
) -> None:
    by_patch, by_put = (api.post("/v1/events", json=whole).json() for _ in range(2))
    merged = {name: by_put.get(name) for name in MEMBERS} | patch
    if "duration" in patch:
        del merged["ends_at"]
    patched = api.patch(f"/v1/events/{by_patch['id']}", json=patch)
    put = api.put(f"/v1/events/{by_put['id']}", json=merged)
    assert patched.status_code == put.status_code
    if put.status_code == 200:
        before, by_patch, by_put = (
            [e.get(m) for m in MEMBERS] for e in (by_put, patched.json(), put.json())
        )
        assert by_patch == by_put
        version = 1 if by_put == before else 2
        assert patched.json()["version"] == put.json()["version"] == version
    else:
        assert patched.json()["errors"] == put.json()["errors"]


def test_delete(api: User) -> None:
    path = f"/v1/events/{api.create()['id']}"
    response = api.delete(path)
    assert (response.status_code, response.content) == (204, b"")
    assert api.get(path).status_code == 404
    assert api.delete(path).status_code == 404


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_a_missing_event_is_404_and_is_not_created(api: User, method: str) -> None:
    path = f"/v1/events/{uuid4()}"
    response = api.request(method, path, json=event() if method in {"PUT", "PATCH"} else None)
    assert response.status_code == 404
    assert response.headers["Content-Type"] == "application/problem+json"
    assert set(response.json()) == PROBLEM
    assert response.json()["instance"] == path
    assert api.get(path).status_code == 404


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_an_event_of_another_user_is_404(api: User, method: str) -> None:
    stored = api.create()
    body = event() if method in {"PUT", "PATCH"} else None
    with User(api.url) as stranger:
        theirs = stranger.request(method, f"/v1/events/{stored['id']}", json=body)
        missing = stranger.request(method, f"/v1/events/{uuid4()}", json=body)
        assert theirs.status_code == missing.status_code == 404
        assert theirs.json()["detail"] == missing.json()["detail"]
        assert theirs.json()["type"] == missing.json()["type"]
        assert stranger.listed("/day", date="2026-11-23") == []
    assert api.get(f"/v1/events/{stored['id']}").json() == stored


def test_two_users_can_have_events_with_the_same_id(api: User) -> None:
    mine = api.create(notify_before="PT0S", starts_at="2999-01-01T00:00:00Z")
    with User(api.url) as other:
        theirs = other.create(id=mine["id"], title="Doctor")
        assert other.delete(f"/v1/events/{mine['id']}").status_code == 204
    assert theirs["title"] == "Doctor"
    assert api.get(f"/v1/events/{mine['id']}").json() == mine
