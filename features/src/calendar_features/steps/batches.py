"""Steps that create events in batches."""

import re
from uuid import uuid4

from pytest_bdd import given, parsers, then, when

from calendar_features import documents
from calendar_features.api import Api
from calendar_features.documents import Document, Table
from calendar_features.events_client import EventsClient


@given(parsers.parse("{user:w} has created a batch of {titles}"), target_fixture="batch")
def has_batch(user: str, titles: str, client: EventsClient) -> list[Document]:
    batch = _batch_of(titles)
    client.create_all(user, *batch)
    return batch


@when(parsers.re(r"(?P<user>\w+) creates a batch of (?P<titles>\".*\")"))
def creates_batch_of(user: str, titles: str, client: EventsClient) -> None:
    client.create_batch(user, _batch_of(titles))


def _batch_of(titles: str) -> list[Document]:
    return [
        documents.an_event(title=title, id=str(uuid4())) for title in re.findall(r'"(.*?)"', titles)
    ]


@when(parsers.parse("{user:w} creates a batch of the events"))
def creates_batch_of_rows(user: str, datatable: Table, client: EventsClient) -> None:
    client.create_batch(user, documents.from_table(datatable))


@when(parsers.parse("{user:w} creates a batch of {count:d} events"))
def creates_batch(user: str, count: int, client: EventsClient) -> None:
    client.create_batch(user, count * [documents.an_event()])


@when(parsers.parse("{user:w} creates a batch of {count:d} events with the Idempotency-Key {key}"))
def creates_batch_with_key(user: str, count: int, key: str, client: EventsClient) -> None:
    client.create_batch(user, count * [documents.an_event()], {"Idempotency-Key": key})


@when(
    parsers.parse("{user:w} creates a batch of 10 events where the {field:w} of event 7 is {text}")
)
def creates_batch_with_error(user: str, field: str, text: str, client: EventsClient) -> None:
    _create_invalid(client, user, {7: (field, text)})


@when(parsers.parse("{user:w} creates a batch of 10 events where"))
def creates_batch_with_errors(user: str, datatable: Table, client: EventsClient) -> None:
    _create_invalid(
        client, user, {int(number): (field, text) for number, field, text in datatable[1:]}
    )


def _create_invalid(client: EventsClient, user: str, wrong: dict[int, tuple[str, str]]) -> None:
    batch = 10 * [documents.an_event()]
    for number, (field, text) in wrong.items():
        batch[number] = documents.with_field(batch[number], field, text)
    client.create_batch(user, batch)


@when(parsers.parse("{user:w} creates the same batch again"))
def creates_again(user: str, batch: list[Document], client: EventsClient) -> None:
    client.create_batch(user, batch)


@when(parsers.parse('{user:w} creates the same batch again, but "{title}" is called "{other}"'))
def creates_other(
    user: str, title: str, other: str, batch: list[Document], client: EventsClient
) -> None:
    client.create_batch(
        user,
        [event | {"title": other} if event["title"] == title else event for event in batch],
    )


@then(parsers.parse("the batch response contains {titles}"))
def batch_holds(titles: str, api: Api) -> None:
    assert [event["title"] for event in api.last.json()["items"]] == re.findall(r'"(.*?)"', titles)
