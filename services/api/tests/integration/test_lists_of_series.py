"""Lists contain occurrences, among single events, each once and in order."""

import random
import threading
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.integration.client import User, event
from tests.integration.service import wait_until

from calendar_api.zones import NAMES, ZoneInfo

BERLIN = "Europe/Berlin"
DAY = timedelta(days=1)
LENGTH = timedelta(minutes=45)


def series(rule: str = "FREQ=DAILY", **changes: Any) -> dict[str, Any]:
    """A series as a client sends it: at eight in UTC, unless said otherwise."""
    document = event(starts_at="2026-11-01T08:00:00", time_zone="UTC", recurrence={"rule": rule})
    return document | changes


def all_day(first: str, **changes: Any) -> dict[str, Any]:
    return {"title": "Fair", "starts_on": first} | changes


def create(user: User, document: dict[str, Any]) -> dict[str, Any]:
    response = user.post("/v1/events", json=document)
    assert response.status_code == 201, response.text
    created: dict[str, Any] = response.json()
    return created


def occurrences(user: User, event_id: str, first: str, end: str, **query: Any) -> Any:
    return user.listed(f"/{event_id}/occurrences", **{"from": first, "to": end, **query})


def starts(items: list[dict[str, Any]]) -> list[str]:
    return [item["starts_at"] for item in items]


def places(items: list[dict[str, Any]]) -> list[tuple[str, UUID, str]]:
    return [(i["starts_at"], UUID(i["id"]), i.get("recurrence_id", "")) for i in items]


# ------------------------------------------------------------------ which occurrences there are


@pytest.mark.parametrize(
    ("start", "zone", "recurrence", "expected"),
    [
        (
            "2026-01-31T10:00:00",
            BERLIN,
            {"rule": "FREQ=MONTHLY;COUNT=7"},
            (
                "2026-01-31T09 2026-03-31T08 2026-05-31T08 2026-07-31T08 2026-08-31T08"
                " 2026-10-31T09 2026-12-31T09"
            ),
        ),
        (
            "2026-01-30T17:00:00",
            "America/New_York",
            {"rule": "FREQ=MONTHLY;BYDAY=-1FR;COUNT=5"},
            "2026-01-30T22 2026-02-27T22 2026-03-27T21 2026-04-24T21 2026-05-29T21",
        ),
        (
            "2026-01-02T09:00:00",
            "UTC",
            {"rule": "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=2,-2;COUNT=5"},
            "2026-01-02T09 2026-01-29T09 2026-02-03T09 2026-02-26T09 2026-03-03T09",
        ),
        (
            "2026-01-05T09:00:00",
            "UTC",
            {"rule": "FREQ=MONTHLY;BYDAY=MO,2TU;COUNT=6"},
            "2026-01-05T09 2026-01-12T09 2026-01-13T09 2026-01-19T09 2026-01-26T09 2026-02-02T09",
        ),
        (
            "2013-01-08T00:00:00",
            "UTC",
            {"rule": "FREQ=YEARLY;BYWEEKNO=1,2;UNTIL=20170101T000000Z"},
            (
                "2013-01-08T00 2013-12-31T00 2014-01-07T00 2014-12-30T00 2015-01-06T00"
                " 2016-01-05T00 2016-01-12T00"
            ),
        ),
        (
            "2026-01-01T20:00:00",
            BERLIN,
            {"rule": "FREQ=DAILY;UNTIL=20260103"},
            "2026-01-01T19 2026-01-02T19 2026-01-03T19",
        ),
        (
            "2026-03-27T02:30:00",
            BERLIN,
            {"rule": "FREQ=DAILY;COUNT=4"},
            "2026-03-27T01:30 2026-03-28T01:30 2026-03-29T01:30 2026-03-30T00:30",
        ),
        (
            "2026-10-24T02:30:00",
            BERLIN,
            {"rule": "FREQ=DAILY;COUNT=3"},
            "2026-10-24T00:30 2026-10-25T00:30 2026-10-26T01:30",
        ),
        (
            "2026-04-22T00:30:00",
            "Africa/Cairo",
            {"rule": "FREQ=DAILY;COUNT=4"},
            "2026-04-21T22:30 2026-04-22T22:30 2026-04-23T22:30 2026-04-24T21:30",
        ),
        (
            "2011-12-28T09:00:00",
            "Pacific/Apia",
            {"rule": "FREQ=DAILY;COUNT=5"},
            "2011-12-28T19 2011-12-29T19 2011-12-30T19 2011-12-31T19",
        ),
        (
            "1997-08-05T09:00:00",
            "America/New_York",
            {"rule": "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO"},
            "1997-08-05T13 1997-08-10T13 1997-08-19T13 1997-08-24T13",
        ),
        (
            "1997-08-05T09:00:00",
            "America/New_York",
            {"rule": "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU"},
            "1997-08-05T13 1997-08-17T13 1997-08-19T13 1997-08-31T13",
        ),
        (
            "2026-01-05T09:00:00",
            BERLIN,
            {"rule": "FREQ=DAILY;COUNT=5", "excluded": ["2026-01-06T09:00:00"]},
            "2026-01-05T08 2026-01-07T08 2026-01-08T08 2026-01-09T08",
        ),
        (
            "9999-12-10T09:00:00",
            "UTC",
            {"rule": "FREQ=WEEKLY"},
            "9999-12-10T09 9999-12-17T09 9999-12-24T09 9999-12-31T09",
        ),
    ],
)
def test_a_series_has_these_occurrences(
    api: User, start: str, zone: str, recurrence: dict[str, Any], expected: str
) -> None:
    created = create(api, series(starts_at=start, time_zone=zone, recurrence=recurrence))
    found = []
    for year in range(int(start[:4]), min(int(start[:4]) + 5, 10_000)):
        found += occurrences(api, created["id"], f"{year}-01-01T00:00:00Z", year_end(year))
    assert [text[: len(e)] for text, e in zip(starts(found), expected.split(), strict=True)] == (
        expected.split()
    )


def year_end(year: int) -> str:
    return f"{year + 1}-01-01T00:00:00Z" if year < 9999 else "9999-12-31T23:59:59.999999Z"


def test_a_leap_day_recurs_in_leap_years(api: User) -> None:
    yearly = {"rule": "FREQ=YEARLY;COUNT=3"}
    created = create(api, series(starts_at="2096-02-29T12:00:00", recurrence=yearly))
    found = [
        starts(occurrences(api, created["id"], f"{year}-01-01T00:00:00Z", year_end(year)))
        for year in range(2096, 2113)
    ]
    assert [year for [year] in filter(None, found)] == [
        "2096-02-29T12:00:00Z",
        "2104-02-29T12:00:00Z",
        "2108-02-29T12:00:00Z",
    ]


def test_an_occurrence_keeps_its_duration_over_a_clock_change(api: User) -> None:
    weekly = {"rule": "FREQ=WEEKLY;COUNT=3"}
    document = series(starts_at="2026-03-21T22:00:00", time_zone=BERLIN, recurrence=weekly)
    created = create(api, document | {"duration": "PT8H"})
    found = occurrences(api, created["id"], "2026-03-01T00:00:00Z", "2026-05-01T00:00:00Z")
    assert [(item["starts_at"], item["ends_at"]) for item in found] == [
        ("2026-03-21T21:00:00Z", "2026-03-22T05:00:00Z"),
        ("2026-03-28T21:00:00Z", "2026-03-29T05:00:00Z"),
        ("2026-04-04T20:00:00Z", "2026-04-05T04:00:00Z"),
    ]


def test_an_occurrence_in_a_gap_keeps_its_id(api: User) -> None:
    created = create(api, series(starts_at="2026-03-27T02:30:00", time_zone=BERLIN))
    (found,) = api.listed("/day", date="2026-03-29", tz=BERLIN)
    assert found["recurrence_id"] == "2026-03-29T02:30:00"
    assert found["starts_at"] == "2026-03-29T01:30:00Z"
    assert found["id"] == created["id"]


def test_an_occurrence_after_a_gap_at_midnight_is_on_its_day(api: User) -> None:
    create(api, series(starts_at="2026-04-22T00:30:00", time_zone="Africa/Cairo"))
    (found,) = api.listed("/day", date="2026-04-24", tz="Africa/Cairo")
    assert found["recurrence_id"] == "2026-04-24T00:30:00"


def test_a_daily_series_in_every_zone(api: User) -> None:
    """At an hour at which most clocks change."""
    zones = sorted(NAMES)
    first, end = datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC)
    documents = [series(starts_at="2025-12-25T02:30:00", time_zone=zone) for zone in zones]
    response = api.post("/v1/events/batch", json={"events": documents})
    for created in response.json()["items"]:
        zone = ZoneInfo(created["time_zone"])
        days = (date(2026, 1, 1) + n * DAY for n in range(366))
        local = (datetime.combine(day, time(2, 30), zone).astimezone(UTC) for day in days)
        expected = sorted({start for start in local if first - LENGTH < start < end})
        window = {"from": first.isoformat(), "to": end.isoformat()}
        found = api.listed(f"/{created['id']}/occurrences", **window)
        assert [datetime.fromisoformat(start) for start in starts(found)] == expected, zone


# ------------------------------------------------------------------------------ lists of events


def test_an_occurrence_is_its_series_with_its_own_times(api: User) -> None:
    created = create(api, series(location="Hall", busy=False, reminders=["P1D", "PT1H"]))
    (found,) = api.listed("/day", date="2026-11-23")
    own = {"starts_at": "2026-11-23T08:00:00Z", "ends_at": "2026-11-23T08:45:00Z"}
    assert found == created | own | {"recurrence_id": "2026-11-23T08:00:00"}
    assert list(found)[-1] == "recurrence_id"


def test_a_series_of_long_ago_is_in_the_list_of_a_day(api: User) -> None:
    create(api, series(starts_at="1950-01-01T08:00:00"))
    assert starts(api.listed("/day", date="2026-11-23")) == ["2026-11-23T08:00:00Z"]
    assert starts(api.listed("/day", date="9999-12-30")) == ["9999-12-30T08:00:00Z"]


def test_a_series_is_not_listed_before_and_after_its_occurrences(api: User) -> None:
    create(api, series("FREQ=DAILY;COUNT=2"))
    days = [f"2026-{day}" for day in ("10-31", "11-01", "11-02", "11-03")]
    assert [len(api.listed("/day", date=day)) for day in days] == [0, 1, 1, 0]


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_occurrences_and_events_are_in_one_order(api: User, limit: int) -> None:
    for hour in (7, 8, 9):
        api.create(starts_at=f"2026-11-23T0{hour}:00:00Z")
        create(api, series(starts_at=f"2026-11-2{hour - 5}T0{hour}:00:00"))
    create(api, all_day("2026-11-23"))
    whole = api.listed("/week", start="2026-11-20")
    assert len(whole) == 3 + (5 + 4 + 3) + 1
    assert places(whole) == sorted(places(whole))
    assert api.listed("/week", start="2026-11-20", limit=limit) == whole


def test_an_excluded_occurrence_is_not_listed(api: User) -> None:
    recurrence = {"rule": "FREQ=DAILY", "excluded": ["2026-11-23T08:00:00"]}
    create(api, series(recurrence=recurrence))
    assert api.listed("/day", date="2026-11-23") == []
    assert len(api.listed("/day", date="2026-11-24")) == 1


def test_a_moved_occurrence_is_listed_where_it_is(api: User) -> None:
    moved = {"starts_at": "2026-11-25T12:00:00Z", "duration": "PT1H", "title": "Moved"}
    create(api, series(overrides={"2026-11-23T08:00:00": moved}))
    assert api.listed("/day", date="2026-11-23") == []
    (_, found) = api.listed("/day", date="2026-11-25")
    assert found["title"] == "Moved"
    assert found["recurrence_id"] == "2026-11-23T08:00:00"
    assert (found["starts_at"], found["ends_at"], found["duration"]) == (
        "2026-11-25T12:00:00Z",
        "2026-11-25T13:00:00Z",
        "PT1H",
    )


@pytest.mark.parametrize("day", ["2026-10-25", "2027-02-20"])
def test_an_occurrence_that_is_moved_out_of_its_series_is_listed(api: User, day: str) -> None:
    moved = {"2026-11-02T08:00:00": {"starts_at": f"{day}T12:00:00Z", "duration": "PT1H"}}
    create(api, series("FREQ=DAILY;COUNT=3", overrides=moved))
    assert starts(api.listed("/day", date=day)) == [f"{day}T12:00:00Z"]


def test_an_occurrence_that_is_moved_onto_another_is_listed_beside_it(api: User) -> None:
    moved = {"2026-11-23T08:00:00": {"starts_at": "2026-11-24T08:00:00Z", "duration": "PT45M"}}
    create(api, series(overrides=moved))
    for limit in (1, 100):
        found = api.listed("/day", date="2026-11-24", limit=limit)
        ids = [item["recurrence_id"] for item in found]
        assert ids == ["2026-11-23T08:00:00", "2026-11-24T08:00:00"]


def test_a_user_sees_their_own_series_only(api: User, other: User) -> None:
    created = create(api, series())
    assert other.listed("/day", date="2026-11-23") == []
    query = {"from": "2026-11-23T00:00:00Z", "to": "2026-11-24T00:00:00Z"}
    response = other.get(f"/v1/events/{created['id']}/occurrences", params=query)
    assert response.status_code == 404
    assert response.json()["type"].endswith(":event-not-found")


def test_a_changed_series_is_listed_as_it_is_now(api: User) -> None:
    created = create(api, series())
    api.patch_event(created["id"], starts_at="2026-11-01T10:00:00", duration="PT1H")
    assert starts(api.listed("/day", date="2026-11-23")) == ["2026-11-23T10:00:00Z"]
    api.patch_event(created["id"], recurrence=None)
    assert api.listed("/day", date="2026-11-23") == []
    assert len(api.listed("/day", date="2026-11-01")) == 1
    api.delete(f"/v1/events/{created['id']}")
    assert api.listed("/day", date="2026-11-01") == []


def test_a_page_of_a_thousand_series(api: User) -> None:
    for _ in range(2):
        documents = [series(starts_at=f"2016-01-01T{n % 24:02}:00:00") for n in range(500)]
        response = api.post("/v1/events/batch", json={"events": documents})
        assert response.status_code == 201
    page = api.get("/v1/events/day", params={"date": "2026-11-23"}).json()
    assert len({item["id"] for item in page["items"]}) == 1000
    assert page["next_cursor"] is None
    assert places(page["items"]) == sorted(places(page["items"]))
    assert api.listed("/day", date="2026-11-23", limit=400) == page["items"]


def test_a_page_of_series_is_limited_in_bytes(api: User) -> None:
    """Each occurrence repeats what the series has."""
    title = {"title": "x" * 255}
    changed = {f"2026-11-{day:02}T08:00:00": title for day in range(1, 31)}
    changed |= {f"2026-12-{day:02}T08:00:00": title for day in range(1, 31)}
    create(api, series(description="x" * 65_000, overrides=changed))
    for hour in (7, 9):
        api.create(starts_at=f"2026-11-10T0{hour}:00:00Z", description="y" * 65_000)
    page = api.get("/v1/events/month", params={"start": "2026-11-01"}).json()
    whole = api.listed("/month", start="2026-11-01")
    assert len(page["items"]) == 32 == len(whole)
    year = {"from": "2026-11-01T00:00:00Z", "to": "2027-11-01T00:00:00Z"}
    response = api.get("/v1/events", params=year)
    assert len(response.content) < 5 * 1024 * 1024
    assert response.json()["next_cursor"]
    assert len(api.listed(**year)) == 365 + 2


def test_series_that_are_large_together_are_read_one_after_the_other(api: User) -> None:
    large = series("FREQ=DAILY;COUNT=1", description="x" * 65_000)
    created = [create(api, large) for _ in range(40)]
    found = api.listed("/day", date="2026-11-01")
    assert [item["id"] for item in found] == sorted(each["id"] for each in created)


# ------------------------------------------------------------------------------- all-day events


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Etc/GMT+12", "America/New_York"])
@pytest.mark.parametrize("own_zone", [None, "Pacific/Kiritimati", "Etc/GMT+12"])
def test_an_event_that_lasts_all_day_is_on_its_dates_in_any_zone(
    api: User, zone: str, own_zone: str | None
) -> None:
    create(api, all_day("2026-11-23", ends_on="2026-11-25", time_zone=own_zone))
    days = ["2026-11-22", "2026-11-23", "2026-11-24", "2026-11-25"]
    found = [len(api.listed("/day", date=day, tz=zone)) for day in days]
    assert found == [0, 1, 1, 0]
    assert len(api.listed("/week", start="2026-11-24", tz=zone)) == 1
    assert len(api.listed("/month", start="2026-10-24", tz=zone)) == 1
    assert api.listed("/month", start="2026-10-23", tz=zone) == []


def test_a_single_event_that_lasts_all_day_is_listed_as_it_is(api: User) -> None:
    created = create(api, all_day("2026-11-23", time_zone=BERLIN))
    assert api.listed("/day", date="2026-11-23") == [created]
    assert api.listed("/day", date="2026-11-23", expand="false") == [created]


def test_an_all_day_series_is_on_its_dates_in_any_zone(api: User) -> None:
    weekly = all_day("2026-11-02", recurrence={"rule": "FREQ=WEEKLY"}, time_zone=BERLIN)
    create(api, weekly)
    (found,) = api.listed("/day", date="2026-11-23", tz="America/Los_Angeles")
    assert (found["starts_on"], found["recurrence_id"]) == ("2026-11-23", "2026-11-23")
    assert found["starts_at"] == "2026-11-22T23:00:00Z"
    assert len(api.listed("/month", start="2026-11-01", tz="Asia/Tokyo")) == 5


def test_an_all_day_event_is_ordered_by_its_midnight_in_the_zone_of_the_list(api: User) -> None:
    fair = create(api, all_day("2026-11-23", time_zone="Pacific/Kiritimati"))
    before = api.create(starts_at="2026-11-22T22:59:59Z", duration="P1D")
    after = api.create(starts_at="2026-11-22T23:00:01Z")
    for limit in (1, 2, 3):
        found = api.listed("/day", date="2026-11-23", tz=BERLIN, limit=limit)
        assert [item["id"] for item in found] == [before["id"], fair["id"], after["id"]]


def test_a_range_has_all_day_events_by_their_instants(api: User) -> None:
    create(api, all_day("2026-11-23", time_zone=BERLIN))
    for first, end, count in [
        ("2026-11-22T22:00:00Z", "2026-11-22T23:00:00Z", 0),
        ("2026-11-22T22:00:00Z", "2026-11-22T23:00:01Z", 1),
        ("2026-11-23T22:59:59Z", "2026-11-24T00:00:00Z", 1),
        ("2026-11-23T23:00:00Z", "2026-11-24T00:00:00Z", 0),
    ]:
        assert len(api.listed(**{"from": first, "to": end})) == count


def test_a_moved_all_day_occurrence_is_on_its_new_dates(api: User) -> None:
    moved = {"2026-11-23": {"starts_on": "2026-11-25", "ends_on": "2026-11-27"}}
    create(api, all_day("2026-11-23", recurrence={"rule": "FREQ=WEEKLY"}, overrides=moved))
    days = [f"2026-11-{day}" for day in range(23, 28)]
    assert [len(api.listed("/day", date=day)) for day in days] == [0, 0, 1, 1, 0]


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "Etc/GMT+12"])
def test_all_day_events_at_the_ends_of_the_calendar(api: User, zone: str) -> None:
    create(api, all_day("0001-01-01", ends_on="0001-01-03"))
    create(api, all_day("9999-12-29", ends_on="9999-12-31"))
    first = api.listed("/day", date="0001-01-02", tz=zone)
    assert [item["starts_on"] for item in first] == ["0001-01-01"]
    last = api.listed("/day", date="9999-12-30", tz=zone)
    assert [item["starts_on"] for item in last] == ["9999-12-29"]


# ----------------------------------------------------------------------------------- unexpanded


def test_unexpanded_lists_have_each_series_once(api: User) -> None:
    daily = create(api, series())
    single = api.create(starts_at="2026-11-20T08:00:00Z")
    fair = create(api, all_day("2026-11-21", recurrence={"rule": "FREQ=DAILY"}))
    create(api, series("FREQ=YEARLY"))
    expected = [daily, single, fair]
    for limit in (1, 2, 100):
        query: dict[str, Any] = {"expand": "false", "limit": limit}
        assert api.listed("/week", start="2026-11-20", **query) == expected
        window = {"from": "2026-11-20T00:00:00Z", "to": "2026-11-24T00:00:00Z"}
        assert api.listed(**window, **query) == expected


def test_an_unexpanded_list_has_series_with_an_occurrence_in_the_window(api: User) -> None:
    moved = {"2026-11-02T08:00:00": {"starts_at": "2026-11-05T12:00:00Z", "duration": "PT1H"}}
    created = create(api, series("FREQ=WEEKLY;BYDAY=SU,MO;COUNT=2", overrides=moved))
    days = [f"2026-11-0{day}" for day in range(1, 7)]
    found = [api.listed("/day", date=day, expand="false") for day in days]
    assert found == [[created], [], [], [], [created], []]


@pytest.mark.parametrize("expand", ["", "1", "True", "yes", "no", "null"])
def test_expand_is_true_or_false(api: User, expand: str) -> None:
    response = api.get("/v1/events/day", params={"date": "2026-11-23", "expand": expand})
    assert response.status_code == 422
    assert response.json()["errors"][0]["loc"] == ["query", "expand"]


@pytest.mark.parametrize("change", [{"expand": "false"}, {"tz": "Etc/GMT"}, {"date": "2026-11-24"}])
def test_a_cursor_of_another_list_is_refused(api: User, change: dict[str, str]) -> None:
    for _ in range(2):
        create(api, series())
    query = {"date": "2026-11-23", "limit": "1"}
    cursor = api.get("/v1/events/day", params=query).json()["next_cursor"]
    response = api.get("/v1/events/day", params=query | {"cursor": cursor} | change)
    assert response.status_code == 422
    assert response.json()["errors"][0]["loc"] == ["query", "cursor"]


# ------------------------------------------------------------------------ occurrences of a series


def test_the_occurrences_of_one_series_come_in_pages(api: User) -> None:
    created = create(api, series())
    create(api, series())
    api.create()
    window = ("2026-11-20T00:00:00Z", "2026-11-30T00:00:00Z")
    whole = occurrences(api, created["id"], *window)
    assert starts(whole) == [f"2026-11-{day}T08:00:00Z" for day in range(20, 30)]
    assert {item["id"] for item in whole} == {created["id"]}
    assert occurrences(api, created["id"], *window, limit=3) == whole


def test_a_cursor_of_another_series_is_refused(api: User) -> None:
    one, two = create(api, series()), create(api, series())
    query = {"from": "2026-11-20T00:00:00Z", "to": "2026-11-30T00:00:00Z", "limit": "1"}
    cursor = api.get(f"/v1/events/{one['id']}/occurrences", params=query).json()["next_cursor"]
    for path in (f"/v1/events/{two['id']}/occurrences", "/v1/events"):
        response = api.get(path, params=query | {"cursor": cursor})
        assert response.status_code == 422


def test_occurrences_of_an_all_day_series_are_by_instants(api: User) -> None:
    daily = all_day("2026-11-01", time_zone=BERLIN, recurrence={"rule": "FREQ=DAILY"})
    created = create(api, daily)
    found = occurrences(api, created["id"], "2026-11-22T23:00:00Z", "2026-11-23T23:00:00Z")
    assert [item["recurrence_id"] for item in found] == ["2026-11-23"]


@pytest.mark.parametrize("document", [event(), all_day("2026-11-23"), event(time_zone="UTC")])
def test_a_single_event_has_no_occurrences(api: User, document: dict[str, Any]) -> None:
    created = create(api, document)
    query = {"from": "2026-11-20T00:00:00Z", "to": "2026-11-30T00:00:00Z"}
    response = api.get(f"/v1/events/{created['id']}/occurrences", params=query)
    assert response.status_code == 404
    assert response.json()["type"] == "urn:calendar:problem:not-recurring"


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        ({}, [["query", "from"], ["query", "to"]]),
        ({"from": "2026-11-20T00:00:00Z"}, [["query", "to"]]),
        ({"from": "2026-11-20T00:00:00Z", "to": "2026-11-20T00:00:00Z"}, [["query"]]),
        ({"from": "2026-11-20T00:00:00Z", "to": "2027-11-21T00:00:00.000001Z"}, [["query"]]),
        (
            {"from": "2026-11-20T00:00:00Z", "to": "2026-11-21T00:00:00Z", "expand": "true"},
            [["query", "expand"]],
        ),
    ],
)
def test_occurrences_need_a_window(
    api: User, query: dict[str, str], errors: list[list[str]]
) -> None:
    created = create(api, series())
    response = api.get(f"/v1/events/{created['id']}/occurrences", params=query)
    assert response.status_code == 422
    assert [error["loc"] for error in response.json()["errors"]] == errors


# ---------------------------------------------------------------------------------- under writes


def test_paging_through_a_mixed_list_during_writes(api: User) -> None:
    """What exists during the whole walk is listed once each, in order."""
    chance = random.Random(13)

    def some_event() -> dict[str, Any]:
        hour, day = chance.randrange(24), chance.randrange(1, 8)
        start = f"2026-11-0{day}T{hour:02}:00:00"
        match chance.randrange(3):
            case 0:
                return event(starts_at=f"{start}Z")
            case 1:
                return all_day(start[:10], ends_on=f"2026-11-{day + 2:02}")
            case _:
                return series(chance.choice(["FREQ=DAILY", "FREQ=WEEKLY"]), starts_at=start)

    batch = api.post("/v1/events/batch", json={"events": [some_event() for _ in range(40)]})
    lasting = {item["id"] for item in batch.json()["items"]}
    expected = [place for place in places(week(api, 1000)) if str(place[1]) in lasting]
    stop = threading.Event()
    gone: list[str] = []

    def come_and_go() -> None:
        with User(api.url, api.name) as other:
            while not stop.is_set():
                created = create(other, some_event())
                turned = {
                    "starts_on": "2026-11-05",
                    "duration": "P2D",
                    "recurrence": {"rule": "FREQ=DAILY"},
                }
                other.patch_event(created["id"], **turned)
                other.delete(f"/v1/events/{created['id']}")
                gone.append(created["id"])

    others = [threading.Thread(target=come_and_go) for _ in range(3)]
    for each in others:
        each.start()
    try:
        wait_until(lambda: gone, what="others at work")
        for _ in range(12):
            seen = places(week(api, chance.choice([5, 7, 11, 50])))
            assert [place for place in seen if str(place[1]) in lasting] == expected
            assert len(seen) == len(set(seen))
    finally:
        stop.set()
        for each in others:
            each.join()


def week(user: User, limit: int) -> list[dict[str, Any]]:
    return user.listed("/week", start="2026-11-04", limit=limit)
