"""A batch is stored completely or not at all, and can be repeated."""

from uuid import uuid4

import pytest
from tests.integration.client import User, event
from tests.integration.sql import Sql


def test_a_batch_is_returned_in_the_order_of_the_request(api: User) -> None:
    titles = [f"Event {n}" for n in range(1_000)]
    response = api.post("/v1/events/batch", json={"events": [event(title=t) for t in titles]})
    assert response.status_code == 201
    items = response.json()["items"]
    assert [item["title"] for item in items] == titles
    listed = {item["id"]: item for item in api.listed("/day", date="2026-11-23")}
    assert listed == {item["id"]: item for item in items}


def test_a_repeated_batch_returns_the_stored_events(api: User) -> None:
    events = [event(id=str(uuid4()), title=f"{n}") for n in range(3)]
    first = api.post("/v1/events/batch", json={"events": events})
    again = api.post("/v1/events/batch", json={"events": events})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()


def test_a_batch_can_contain_stored_and_new_events(api: User) -> None:
    stored = api.create()
    events = [event(title="new"), event(id=stored["id"])]
    response = api.post("/v1/events/batch", json={"events": events})
    assert response.status_code == 201
    assert response.json()["items"][1] == stored


def test_a_batch_with_a_conflict_stores_nothing(api: User, sql: Sql) -> None:
    stored = api.create()
    new = str(uuid4())
    events = [event(id=new, notify_before="PT0S"), event(id=stored["id"], title="Doctor")]
    response = api.post("/v1/events/batch", json={"events": events})
    assert response.status_code == 409
    assert stored["id"] in response.json()["detail"]
    assert new not in response.json()["detail"]
    assert sql.value("SELECT count(*) FROM events WHERE user_id = $1", api.name) == 1


def test_a_batch_with_an_invalid_event_stores_nothing_and_names_it(api: User) -> None:
    events = [event() for _ in range(7)] + [event(title="")]
    response = api.post("/v1/events/batch", json={"events": events})
    assert response.status_code == 422
    assert [e["loc"] for e in response.json()["errors"]] == [["body", "events", 7, "title"]]
    assert api.listed("/day", date="2026-11-23") == []


def test_an_id_that_is_repeated_in_a_batch_is_refused(api: User) -> None:
    id_ = str(uuid4())
    events = [event(id=id_), event(), event(id=id_)]
    response = api.post("/v1/events/batch", json={"events": events})
    assert response.status_code == 422
    assert response.json()["errors"][0]["loc"] == ["body", "events", 2, "id"]


@pytest.mark.parametrize("count", [0, 1_001])
def test_a_batch_has_1_to_1000_events(api: User, count: int) -> None:
    response = api.post("/v1/events/batch", json={"events": [event()] * count})
    assert response.status_code == 422
    assert response.json()["errors"][0]["loc"] == ["body", "events"]


def test_a_batch_can_be_larger_than_the_limit_of_an_event(api: User) -> None:
    events = [event(description="x" * 65_000) for _ in range(100)]
    assert api.post("/v1/events/batch", json={"events": events}).status_code == 201
