"""A list has the events that overlap its window, each once and in order, with any page size."""

import random
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.integration.client import User, event
from tests.integration.service import wait_until
from tests.integration.sql import Sql

DAY, HOUR, US = timedelta(days=1), timedelta(hours=1), timedelta(microseconds=1)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
# The limits of the length classes in the table (docs/adr/0003).
CLASSES = [DAY, 32 * DAY, 1024 * DAY, 32768 * DAY]


def text(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


def ids(items: list[dict[str, Any]]) -> list[str]:
    return [item["id"] for item in items]


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "is_listed"),
    [
        ("2026-11-22T23:00:00Z", "2026-11-23T01:00:00Z", True),
        ("2026-11-23T23:00:00Z", "2026-11-24T01:00:00Z", True),
        ("2020-01-01T00:00:00Z", "2030-01-01T00:00:00Z", True),
        ("1850-01-01T00:00:00Z", "2150-01-01T00:00:00Z", True),
        ("2026-11-23T00:00:00Z", "2026-11-23T00:00:00Z", True),
        ("2026-11-23T23:59:59.999999Z", "2026-11-23T23:59:59.999999Z", True),
        ("2026-11-22T23:59:59.999999Z", "2026-11-23T00:00:00.000001Z", True),
        ("2026-11-22T23:00:00Z", "2026-11-23T00:00:00Z", False),
        ("2026-11-24T00:00:00Z", "2026-11-24T00:00:00Z", False),
        ("2026-11-24T00:00:00Z", "2026-11-24T01:00:00Z", False),
        ("2026-11-22T12:00:00Z", "2026-11-22T12:00:00Z", False),
    ],
)
def test_a_day_lists_the_events_that_overlap_it(
    api: User, starts_at: str, ends_at: str, *, is_listed: bool
) -> None:
    stored = api.create(starts_at=starts_at, ends_at=ends_at, duration=None)
    assert api.listed("/day", date="2026-11-23") == ([stored] if is_listed else [])


def test_an_empty_page(api: User) -> None:
    assert api.get("/v1/events/day", params={"date": "2026-11-23"}).json() == {
        "from": "2026-11-23T00:00:00Z",
        "to": "2026-11-24T00:00:00Z",
        "items": [],
        "next_cursor": None,
    }


@pytest.mark.parametrize(
    ("query", "first", "end"),
    [
        ("/day?date=2026-11-23", "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z"),
        ("/day?date=2026-11-23&tz=Europe/Moscow", "2026-11-22T21:00:00Z", "2026-11-23T21:00:00Z"),
        ("/day?date=2026-03-29&tz=Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"),
        ("/day?date=2026-10-25&tz=Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"),
        ("/day?date=2011-12-30&tz=Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z"),
        ("/day?date=0001-01-01", "0001-01-01T00:00:00Z", "0001-01-02T00:00:00Z"),
        ("/day?date=9999-12-30", "9999-12-30T00:00:00Z", "9999-12-31T00:00:00Z"),
        ("/week?start=2026-11-25", "2026-11-25T00:00:00Z", "2026-12-02T00:00:00Z"),
        ("/week?start=2026-10-25&tz=Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-31T23:00:00Z"),
        ("/month?start=2026-01-31", "2026-01-31T00:00:00Z", "2026-02-28T00:00:00Z"),
        ("/month?start=2026-12-01&tz=Asia/Tokyo", "2026-11-30T15:00:00Z", "2026-12-31T15:00:00Z"),
    ],
)
def test_a_list_returns_the_window_that_was_used(
    api: User, query: str, first: str, end: str
) -> None:
    page = api.get(f"/v1/events{query}").json()
    assert (page["from"], page["to"]) == (first, end)


@pytest.mark.parametrize(
    ("first", "end"),
    [
        ("2026-11-23T07:00:00.500000Z", "2026-11-23T07:00:00.500001Z"),
        ("0001-01-01T00:00:00Z", "0002-01-02T00:00:00Z"),
        ("9999-12-31T00:00:00Z", "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_a_range_can_be_anywhere_in_the_calendar(api: User, first: str, end: str) -> None:
    page = api.get("/v1/events", params={"from": first, "to": end}).json()
    assert (page["from"], page["to"]) == (first, end)


def test_lists_are_ordered_by_start_then_id(api: User) -> None:
    starts = ["2026-11-23T08:00:00Z"] * 5 + ["2026-11-23T07:00:00Z"] * 5
    created = [api.create(starts_at=start) for start in starts]
    listed = api.listed("/day", date="2026-11-23")
    assert listed == sorted(created, key=lambda item: (item["starts_at"], UUID(item["id"])))


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5])
def test_all_pages_together_are_the_whole_list(api: User, limit: int) -> None:
    created = {api.create()["id"] for _ in range(4)}
    query: dict[str, Any] = {"date": "2026-11-23", "limit": limit}
    page = api.get("/v1/events/day", params=query).json()
    assert len(page["items"]) == min(limit, 4)
    assert (page["next_cursor"] is None) == (limit >= 4)
    listed = api.listed("/day", date="2026-11-23", limit=limit)
    assert ids(listed) == sorted(created)


def test_a_page_is_limited_in_bytes_of_descriptions(api: User) -> None:
    long = [event(description="x" * 65_000) for _ in range(90)]
    response = api.post("/v1/events/batch", json={"events": long})
    assert response.status_code == 201
    page = api.get("/v1/events/day", params={"date": "2026-11-23"}).json()
    assert 0 < len(page["items"]) < 90
    assert sum(len(item["description"].encode()) for item in page["items"]) <= 4 * 1024 * 1024
    listed = ids(api.listed("/day", date="2026-11-23"))
    assert sorted(listed) == sorted(ids(response.json()["items"]))


def test_a_cursor_can_be_used_with_another_limit(api: User) -> None:
    created = sorted(api.create()["id"] for _ in range(5))
    query: dict[str, Any] = {"date": "2026-11-23", "limit": 2}
    first = api.get("/v1/events/day", params=query).json()
    rest = api.get(
        "/v1/events/day", params=query | {"limit": 9, "cursor": first["next_cursor"]}
    ).json()
    assert ids(first["items"] + rest["items"]) == created


@pytest.mark.parametrize(
    "query",
    [
        {"date": "2026-11-24"},
        {"date": "2026-11-23", "tz": "Europe/Moscow"},
        {"date": "2026-11-23", "cursor": ""},
        {"date": "2026-11-23", "cursor": "nonsense"},
    ],
)
def test_a_cursor_of_another_list_is_refused(api: User, query: dict[str, str]) -> None:
    for _ in range(2):
        api.create()
    first = api.get("/v1/events/day", params={"date": "2026-11-23", "limit": "1"}).json()
    response = api.get("/v1/events/day", params={"cursor": first["next_cursor"], **query})
    assert response.status_code == 422
    assert response.json()["errors"][0]["loc"] == ["query", "cursor"]


def test_a_cursor_of_another_user_is_refused(api: User) -> None:
    for _ in range(2):
        api.create()
    query: dict[str, Any] = {"date": "2026-11-23", "limit": 1}
    cursor = api.get("/v1/events/day", params=query).json()["next_cursor"]
    with User(api.url) as stranger:
        response = stranger.get("/v1/events/day", params=query | {"cursor": cursor})
    assert response.status_code == 422


def insert(sql: Sql, user_id: str, spans: list[tuple[datetime, datetime]]) -> None:
    sql.many(
        "INSERT INTO events (user_id, id, title, starts_at, ends_at)"
        " VALUES ($1, gen_random_uuid(), 'x', $2, $3)",
        [(user_id, start, end) for start, end in spans],
    )


def test_a_list_equals_a_plain_query_with_the_same_condition(api: User, sql: Sql) -> None:
    """At the limits of every length class, and at random. The condition is the contract's."""
    chance = random.Random(7)
    lengths = [timedelta(), US, HOUR] + [c + d for c in CLASSES for d in (-US, timedelta(), US)]
    marks = [NOON, NOON + US, NOON + DAY, NOON + 32 * DAY]
    spans = [(mark, mark + length) for mark in marks for length in lengths]
    spans += [(mark - length, mark) for mark in marks for length in lengths]
    spans += [(NOON, NOON)] * 20
    for _ in range(500):
        start = NOON + chance.gauss(0, 1) * chance.choice([1, 30, 900]) * DAY
        spans.append((start, start + chance.choice(lengths) * chance.random()))
    insert(sql, api.name, spans)
    insert(sql, f"{api.name}-2", spans[:50])

    windows = [(a, b) for a in marks for b in [*marks, a + US, a + 366 * DAY] if a < b]
    for _ in range(15):
        first = NOON + chance.gauss(0, 1) * chance.choice([1, 30, 900]) * DAY
        windows.append((first, first + chance.choice([US, HOUR, DAY, 31 * DAY, 366 * DAY])))
    for first, end in windows:
        found = sql.rows(
            "SELECT id FROM events WHERE user_id = $1 AND starts_at < $3"
            " AND (ends_at > $2 OR starts_at >= $2) ORDER BY starts_at, id",
            api.name, first, end,
        )  # fmt: skip
        expected = [str(row["id"]) for row in found]
        for limit in (1000, 37):
            query: dict[str, Any] = {"from": text(first), "to": text(end), "limit": limit}
            assert ids(api.listed(**query)) == expected


def test_paging_neither_skips_nor_repeats_events_during_writes(api: User) -> None:
    """Events that exist during the whole walk are listed once each, in order."""
    chance = random.Random(11)
    starts = [NOON + n * HOUR for n in range(12)]
    lengths = ["PT0S", "PT30M", "PT23H", "P1D", "P40D"]

    def some_event() -> dict[str, Any]:
        return event(starts_at=text(chance.choice(starts)), duration=chance.choice(lengths))

    batch = api.post("/v1/events/batch", json={"events": [some_event() for _ in range(60)]})
    lasting = {item["id"] for item in batch.json()["items"]}
    stop = threading.Event()
    gone: list[str] = []

    def come_and_go() -> None:
        with User(api.url, api.name) as other:
            while not stop.is_set():
                document = some_event()
                created = other.create(**document)
                other.patch_event(created["id"], title="changed")
                other.delete(f"/v1/events/{created['id']}")
                gone.append(created["id"])

    others = [threading.Thread(target=come_and_go) for _ in range(3)]
    for other in others:
        other.start()
    try:
        wait_until(lambda: gone, what="others at work")
        for _ in range(12):
            walk = api.listed("/day", date="2026-03-01", limit=chance.choice([1, 2, 3, 7]))
            seen = ids(walk)
            assert len(seen) == len(set(seen))
            assert [(i["starts_at"], i["id"]) for i in walk] == sorted(
                (i["starts_at"], i["id"]) for i in walk
            )
            assert set(seen) >= lasting
    finally:
        stop.set()
        for other in others:
            other.join()


@pytest.mark.parametrize(
    ("change", "is_seen"),
    [
        (lambda api, item: api.patch_event(item["id"], title="x"), True),
        (lambda api, item: api.delete(f"/v1/events/{item['id']}"), False),
    ],
)
def test_paging_continues_after_an_event_that_was_changed_or_deleted(
    api: User, change: Callable[[User, dict[str, Any]], object], *, is_seen: bool
) -> None:
    created = sorted(api.create()["id"] for _ in range(4))
    query: dict[str, Any] = {"date": "2026-11-23", "limit": 2}
    first = api.get("/v1/events/day", params=query).json()
    change(api, first["items"][-1])
    second = api.get("/v1/events/day", params=query | {"cursor": first["next_cursor"]}).json()
    assert ids(second["items"]) == created[2:]
    assert (created[1] in ids(api.listed("/day", date="2026-11-23"))) is is_seen
