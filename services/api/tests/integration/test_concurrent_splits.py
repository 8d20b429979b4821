"""Concurrent changes of one series: each occurrence is in one series, changed or gone, once."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from uuid import UUID

import requests
from tests.integration.client import User
from tests.integration.sql import Sql
from tests.integration.test_occurrences import path_of, post

DAYS = [f"2044-11-{day:02}" for day in range(1, 11)]
"""Few enough to be planned at once."""
DAILY: dict[str, Any] = {
    "title": "Standup",
    "starts_on": DAYS[0],
    "recurrence": {"rule": f"FREQ=DAILY;COUNT={len(DAYS)}"},
    "notify_before": "PT1H",
}


def call(api: User, method: str, path: str, **options: Any) -> requests.Response:
    # A session is not thread-safe: each call has its own connection.
    headers = {"X-User-Id": api.name}
    return requests.request(method, api.url + path, headers=headers, timeout=30, **options)


def split(api: User, stored: dict[str, Any], at: str) -> requests.Response:
    return call(api, "POST", f"/v1/events/{stored['id']}/split", json={"at": at})


def at_once(calls: list[partial[requests.Response]]) -> list[requests.Response]:
    with ThreadPoolExecutor(len(calls)) as threads:
        return [each.result() for each in [threads.submit(each) for each in calls]]


def owners(api: User, sql: Sql) -> dict[str, list[str]]:
    """The events of which each day is an occurrence."""
    rows = sql.rows("SELECT id FROM events WHERE user_id = $1", api.name)
    found: dict[str, list[str]] = {day: [] for day in DAYS}
    for day in DAYS:
        for row in rows:
            if api.get(path_of(row, day)).status_code == 200:
                found[day].append(str(row["id"]))
    return found


def notified(api: User, sql: Sql) -> Counter[str]:
    """How often each day is to be notified."""
    rows = sql.rows("SELECT * FROM reminders WHERE user_id = $1", api.name)
    return Counter(
        id_ for row in rows for id_ in [row["recurrence_id"], *(row["upcoming_ids"] or [])]
    )


def test_of_concurrent_splits_at_one_occurrence_one_is_made(api: User, sql: Sql) -> None:
    stored = post(api, DAILY)

    answers = at_once([partial(split, api, stored, DAYS[7])] * 8)

    assert sorted(each.status_code for each in answers) == [201] + [404] * 7
    assert sql.value("SELECT count(*) FROM events WHERE user_id = $1", api.name) == 2
    assert {len(events) for events in owners(api, sql).values()} == {1}
    assert notified(api, sql) == Counter(DAYS)


def test_concurrent_splits_with_one_key_make_one_series(api: User, sql: Sql) -> None:
    stored = post(api, DAILY)

    def send() -> requests.Response:
        with User(api.url, api.name) as user:
            return user.post(
                f"/v1/events/{stored['id']}/split",
                json={"at": DAYS[7]},
                headers={"Idempotency-Key": "one"},
            )

    answers = at_once([partial(send)] * 8)

    assert sorted(each.status_code for each in answers) == [200] * 7 + [201]
    assert len({each.content for each in answers}) == 1
    assert sql.value("SELECT count(*) FROM events WHERE user_id = $1", api.name) == 2


def test_concurrent_splits_of_one_series_lose_and_double_nothing(api: User, sql: Sql) -> None:
    stored = post(api, DAILY)

    answers = at_once([partial(split, api, stored, day) for day in DAYS[2::3]])

    made = [each.json()["id"] for each in answers if each.status_code == 201]
    # What an earlier one has split off is no occurrence of the series any more.
    assert {each.status_code for each in answers} <= {201, 404}
    assert made
    assert {len(events) for events in owners(api, sql).values()} == {1}
    assert notified(api, sql) == Counter(DAYS)


def test_concurrent_changes_of_occurrences_are_all_made(api: User, sql: Sql) -> None:
    stored = post(api, DAILY)

    def change(number: int) -> requests.Response:
        path = path_of(stored, DAYS[number])
        if number % 2:
            return call(api, "DELETE", path)
        return call(api, "PATCH", path, json={"title": DAYS[number]})

    answers = at_once([partial(change, number) for number in range(len(DAYS))])

    assert {each.status_code for each in answers} == {200, 204}
    series = api.get(f"/v1/events/{stored['id']}").json()
    assert series["recurrence"]["excluded"] == DAYS[1::2]
    assert series["overrides"] == {day: {"title": day} for day in DAYS[::2]}
    assert series["version"] == 1 + len(DAYS)
    assert notified(api, sql) == Counter(DAYS[::2])


def test_splits_beside_other_changes_are_serialised(api: User, sql: Sql) -> None:
    """Whatever comes first: an acknowledged change is there, in the series that has its day."""
    stored = post(api, DAILY)
    one = f"/v1/events/{stored['id']}"
    calls = [
        *(partial(split, api, stored, day) for day in (DAYS[3], DAYS[6])),
        *(partial(call, api, "DELETE", path_of(stored, day)) for day in (DAYS[2], DAYS[5])),
        *(
            partial(call, api, "PATCH", path_of(stored, day), json={"title": day})
            for day in (DAYS[1], DAYS[7])
        ),
        partial(call, api, "DELETE", one, params={"from": DAYS[8]}),
        partial(call, api, "PATCH", one, json={"location": "Room 1"}),
    ]
    random.shuffle(calls)

    answers = dict(zip(calls, at_once(calls), strict=True))

    def done(method: str, path: str) -> bool:
        return any(
            each.ok
            for each in answers.values()
            if each.request.method == method and each.request.path_url == path
        )

    assert {each.status_code for each in answers.values()} <= {200, 201, 204, 404}
    gone = {day for day in (DAYS[2], DAYS[5]) if done("DELETE", path_of(stored, day))}
    if done("DELETE", f"{one}?from={DAYS[8]}"):
        gone |= set(DAYS[8:])
    found = owners(api, sql)
    assert {day for day, events in found.items() if not events} == gone
    assert all(len(events) <= 1 for events in found.values())
    for day in (DAYS[1], DAYS[7]):
        title = api.get(path_of({"id": found[day][0]}, day)).json()["title"]
        assert title == (day if done("PATCH", path_of(stored, day)) else "Standup")
    assert notified(api, sql) == Counter(day for day in DAYS if day not in gone)


def test_a_deleted_series_is_not_split_and_a_split_one_is_not_deleted_whole(
    api: User, sql: Sql
) -> None:
    for _ in range(5):
        stored = post(api, DAILY)
        one = f"/v1/events/{stored['id']}"
        made, deleted = at_once(
            [partial(split, api, stored, DAYS[7]), partial(call, api, "DELETE", one)]
        )
        assert deleted.status_code == 204
        left = {row["id"] for row in sql.rows("SELECT id FROM events WHERE user_id = $1", api.name)}
        if made.status_code == 201:
            assert left == {UUID(made.json()["id"])}
            assert api.delete(f"/v1/events/{made.json()['id']}").status_code == 204
        else:
            assert (made.status_code, left) == (404, set())
    assert not notified(api, sql)
