"""The header Idempotency-Key of POST /v1/events: a retry finds the event of the first try."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
import requests
from tests.integration.client import User, event


def create(user: User, key: str, **changes: object) -> requests.Response:
    return user.post(
        "/v1/events", json=event(**changes), headers={"Idempotency-Key": key.encode("latin-1")}
    )


def test_a_retry_with_the_same_key_finds_its_event(api: User) -> None:
    first = create(api, "8e03978e-40d5-43dd-bc93-6894a57f9324")
    again = create(api, "8e03978e-40d5-43dd-bc93-6894a57f9324", duration="PT2700S")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Location"] == first.headers["Location"]
    assert UUID(first.json()["id"]).version == 5


def test_the_same_key_with_other_content_is_a_conflict(api: User) -> None:
    stored = create(api, "one").json()
    response = create(api, "one", title="Doctor")
    assert response.status_code == 409
    assert api.get(f"/v1/events/{stored['id']}").json() == stored


def test_keys_are_compared_exactly(api: User) -> None:
    keys = ["one", "One", "one1", '"one 1"', '"on,e"', "x" * 255, f'"{"y" * 255}"']
    assert [create(api, key).status_code for key in keys] == [201] * len(keys)


@pytest.mark.parametrize(
    ("bare", "quoted"),
    [("KG5LxwFBepaKHyUD", '"KG5LxwFBepaKHyUD"'), (r"a\b", r'"a\\b"'), ('a"b', r'"a\"b"')],
)
def test_a_key_is_the_same_in_quotes(api: User, bare: str, quoted: str) -> None:
    assert create(api, bare).status_code == 201
    assert create(api, quoted).status_code == 200


def test_each_user_has_keys_of_their_own(api: User, other: User) -> None:
    mine, theirs = create(api, "one"), create(other, "one", title="Doctor")
    assert (mine.status_code, theirs.status_code) == (201, 201)
    assert mine.json()["id"] != theirs.json()["id"]


@pytest.mark.parametrize(
    "key",
    [
        "",
        '""',
        "x" * 256,
        f'"{"x" * 256}"',
        "a b",
        '"a',
        '"a"b',
        '"a";x=1',
        r'"\a"',
        '"a", "b"',
        "a, b",
        '"a\tb"',
        '"é"',
        "\xd0\xba",
    ],
)
def test_an_invalid_key_is_refused(api: User, key: str) -> None:
    response = create(api, key)
    assert response.status_code == 422
    assert response.json()["errors"][0]["loc"] == ["header", "Idempotency-Key"]
    assert api.listed("/day", date="2026-11-23") == []


def test_an_id_in_the_body_wins(api: User) -> None:
    one, two = str(uuid4()), str(uuid4())
    assert create(api, "one", id=one).json()["id"] == one
    assert create(api, "one", id=two).json()["id"] == two
    assert create(api, "one", id=None).status_code == 201


def test_concurrent_retries_create_one_event(api: User) -> None:
    with ThreadPoolExecutor(8) as threads:
        sent = [threads.submit(create, api, "one") for _ in range(8)]
        codes = sorted(future.result().status_code for future in sent)
    assert codes == [200] * 7 + [201]
    assert len(api.listed("/day", date="2026-11-23")) == 1


def test_a_batch_takes_no_key(api: User) -> None:
    response = api.post(
        "/v1/events/batch", json={"events": [event()]}, headers={"Idempotency-Key": "one"}
    )
    assert response.status_code == 422
    (error,) = response.json()["errors"]
    assert error["loc"] == ["header", "Idempotency-Key"]
    assert "id" in error["msg"]
    assert api.listed("/day", date="2026-11-23") == []
