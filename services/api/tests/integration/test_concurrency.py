"""Concurrent writes of the same events: each happens once, and none is lost."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import requests
from tests.integration.client import User, event
from tests.integration.service import Service
from tests.integration.sql import Sql

AT_ONCE = 20


def at_once(call: Callable[[int], requests.Response], times: int = AT_ONCE) -> list[Any]:
    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(call, range(times)))


def post(api: User, path: str, document: object) -> requests.Response:
    # A session is not thread-safe: each call has its own connection.
    headers = {"X-User-Id": api.name}
    return requests.post(api.url + path, json=document, headers=headers, timeout=30)


def patch(api: User, id_: str, document: object, **headers: str) -> requests.Response:
    return requests.patch(
        f"{api.url}/v1/events/{id_}",
        json=document,
        headers={"X-User-Id": api.name, **headers},
        timeout=30,
    )


def test_concurrent_creates_of_one_event_store_it_once(api: User, sql: Sql) -> None:
    document = event(id=str(uuid4()), starts_at="2999-01-01T00:00:00Z", notify_before="P1D")
    answers = at_once(lambda _: post(api, "/v1/events", document))
    assert Counter(a.status_code for a in answers) == {201: 1, 200: AT_ONCE - 1}
    assert len({a.content for a in answers}) == 1
    assert sql.value("SELECT count(*) FROM events WHERE user_id = $1", api.name) == 1
    assert sql.value("SELECT count(*) FROM reminders WHERE user_id = $1", api.name) == 1


def test_of_concurrent_creates_with_one_id_one_succeeds(api: User) -> None:
    id_ = str(uuid4())
    answers = at_once(lambda n: post(api, "/v1/events", event(id=id_, title=f"{n}")))
    assert Counter(a.status_code for a in answers) == {201: 1, 409: AT_ONCE - 1}
    ((n, created),) = [(n, a.json()) for n, a in enumerate(answers) if a.status_code == 201]
    assert created["title"] == f"{n}"
    assert api.get(f"/v1/events/{id_}").json() == created


def test_conflict_is_reported_only_for_the_conflicting_event(api: User) -> None:
    taken = api.create()["id"]
    own = {n: event(title=f"{n}") | ({"id": taken} if n % 5 == 0 else {}) for n in range(AT_ONCE)}
    answers = at_once(lambda n: post(api, "/v1/events", own[n]))
    for n, answer in enumerate(answers):
        assert answer.status_code == (409 if n % 5 == 0 else 201)
    assert [a.json()["title"] for a in answers if a.status_code == 201] == [
        document["title"] for n, document in own.items() if n % 5
    ]


def test_concurrent_creates_are_stored_for_their_own_users(api: User) -> None:
    """Even if all have the same ID, and are written and read at the same time."""
    id_ = str(uuid4())

    def call(method: str, path: str, n: int, **options: Any) -> Any:
        headers = {"X-User-Id": f"{api.name}-{n}"}
        answer = requests.request(method, api.url + path, headers=headers, timeout=30, **options)
        return answer.json()

    documents = [event(id=id_, title=f"{n}") for n in range(AT_ONCE)]
    created = at_once(lambda n: call("POST", "/v1/events", n, json=documents[n]))
    read = at_once(lambda n: call("GET", f"/v1/events/{id_}", n))
    assert read == created
    assert [(stored["user_id"], stored["title"]) for stored in read] == [
        (f"{api.name}-{n}", f"{n}") for n in range(AT_ONCE)
    ]


def test_concurrent_lists_return_the_events_of_their_own_users(api: User) -> None:
    """Even if all are read at the same time."""
    sizes = [0, 1, 2, 30]
    expected = []
    for n, size in enumerate(sizes):
        events = [event(title=f"{k}") for k in range(size)]
        with User(api.url, f"{api.name}-{n}") as user:
            stored = user.post("/v1/events/batch", json={"events": events}) if events else None
        expected.append(stored.json()["items"] if stored else [])

    def listed(n: int) -> requests.Response:
        headers = {"X-User-Id": f"{api.name}-{n % len(sizes)}"}
        path = f"{api.url}/v1/events/day?date=2026-11-23"
        return requests.get(path, headers=headers, timeout=30)

    for n, answer in enumerate(at_once(listed, times=4 * len(sizes))):
        page = answer.json()
        in_order = sorted(expected[n % len(sizes)], key=lambda item: item["id"])
        assert (page["items"], page["next_cursor"]) == (in_order, None)


POISON = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'poison'; END $$;
CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON events FOR EACH ROW
WHEN (new.title = 'poison') EXECUTE FUNCTION refuse();
"""


def test_an_event_that_postgresql_rejects_does_not_affect_others(
    own_service: Service, sql: Sql
) -> None:
    with User(own_service.url) as api:
        stored = api.create()
        titles = ["poison" if n % 7 == 0 else f"{n}" for n in range(AT_ONCE)]
        sql.run(POISON)
        try:
            answers = at_once(lambda n: post(api, "/v1/events", event(title=titles[n])))
            changed = patch(api, stored["id"], {"title": "poison"})
        finally:
            sql.run("DROP FUNCTION refuse CASCADE")
        for fault in (answers[0], changed):
            assert fault.status_code == 500
            assert fault.headers["Content-Type"] == "application/problem+json"
        assert [a.status_code for a in answers] == [500 if t == "poison" else 201 for t in titles]


def test_concurrent_batches_in_different_order_are_created_once(api: User) -> None:
    events = [event(id=str(uuid4()), title=f"{n}") for n in range(500)]
    orders = [{"events": events}, {"events": events[::-1]}]
    answers = at_once(lambda n: post(api, "/v1/events/batch", orders[n % 2]), times=6)
    assert Counter(a.status_code for a in answers) == {201: 1, 200: 5}


def test_every_concurrent_change_increments_the_version(api: User) -> None:
    id_ = api.create()["id"]
    answers = at_once(lambda n: patch(api, id_, {"title": f"{n}"}))
    assert {a.status_code for a in answers} == {200}
    assert sorted(a.json()["version"] for a in answers) == list(range(2, AT_ONCE + 2))
    (last,) = [a.json() for a in answers if a.json()["version"] == AT_ONCE + 1]
    assert api.get(f"/v1/events/{id_}").json() == last


def test_concurrent_changes_of_different_fields_are_all_kept(api: User) -> None:
    id_ = api.create()["id"]
    patches = [{"title": "Doctor"}, {"description": "x"}, {"notify_before": "PT5M"}]
    answers = at_once(lambda n: patch(api, id_, patches[n]), times=3)
    assert {a.status_code for a in answers} == {200}
    final = api.get(f"/v1/events/{id_}").json()
    assert (final["title"], final["description"], final["notify_before"]) == ("Doctor", "x", "PT5M")


def test_with_if_match_no_update_is_lost(api: User) -> None:
    id_ = api.create(description="0")["id"]

    def add_one() -> None:
        while True:
            got = requests.get(
                f"{api.url}/v1/events/{id_}", headers={"X-User-Id": api.name}, timeout=30
            )
            more = {"description": str(int(got.json()["description"]) + 1)}
            answer = patch(api, id_, more, **{"If-Match": got.headers["ETag"]})
            if answer.status_code == 200:
                return
            assert answer.status_code == 412

    with ThreadPoolExecutor(5) as threads:
        for done in [threads.submit(add_one) for _ in range(15)]:
            done.result()
    assert api.get(f"/v1/events/{id_}").json()["description"] == "15"


def test_concurrent_delete_and_change_leave_no_reminder_without_event(api: User, sql: Sql) -> None:
    for _ in range(10):
        stored = api.create(starts_at="2999-01-01T00:00:00Z", notify_before="P1D", duration="P2D")
        path = f"{api.url}/v1/events/{stored['id']}"

        def call(n: int, path: str = path, id_: str = stored["id"]) -> requests.Response:
            if n == 0:
                return requests.delete(path, headers={"X-User-Id": api.name}, timeout=30)
            return patch(api, id_, {"starts_at": f"2999-01-01T0{n}:00:00Z"})

        answers = at_once(call, times=4)
        assert answers[0].status_code == 204
        assert {a.status_code for a in answers[1:]} <= {200, 404}
        assert api.get(path).status_code == 404
    assert sql.value("SELECT count(*) FROM reminders WHERE user_id = $1", api.name) == 0
