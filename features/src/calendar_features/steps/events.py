"""Steps that create, read, change and delete events."""

import concurrent.futures
from urllib.parse import urljoin, urlsplit
from uuid import uuid4

from pytest_bdd import given, parsers, when

from calendar_features import documents
from calendar_features.api import Api
from calendar_features.documents import Document, Table
from calendar_features.events_client import EventsClient


@given(parsers.parse('{user:w} has an event "{title}"'))
def has_event(user: str, title: str, client: EventsClient) -> None:
    client.create_all(user, documents.an_event(title=title))


@given(parsers.parse("{user:w} has an event with"))
def has_event_with(user: str, datatable: Table, client: EventsClient) -> None:
    client.create_all(user, documents.an_event(**documents.from_rows(datatable)))


@given(parsers.parse("{user:w} has the events"))
def has_events(user: str, datatable: Table, client: EventsClient) -> None:
    client.create_all(user, *documents.from_table(datatable))


@when(parsers.parse("{user:w} creates an event with"))
def creates_with(user: str, datatable: Table, client: EventsClient) -> None:
    client.create(user, documents.an_event(**documents.from_rows(datatable)))


@when(parsers.parse("{user:w} creates an event whose {field:w} is {text}"))
def creates_whose(user: str, field: str, text: str, client: EventsClient) -> None:
    client.create(user, documents.with_field(documents.an_event(), field, text))


@when(parsers.parse("{user:w} creates an event from {start:S} whose {field:w} is {text}"))
def creates_from(user: str, start: str, field: str, text: str, client: EventsClient) -> None:
    client.create(user, documents.with_field(documents.an_event(starts_at=start), field, text))


@when(parsers.parse("{user:w} creates an event that ends at {text}"))
def creates_that_ends(user: str, text: str, client: EventsClient) -> None:
    event = documents.with_field(documents.an_event(), "duration", documents.ABSENT)
    client.create(user, documents.with_field(event, "ends_at", text))


@when(parsers.parse('{user:w} creates an event with a title of {count:d} times "{character}"'))
def creates_with_long_title(user: str, count: int, character: str, client: EventsClient) -> None:
    client.create(user, documents.an_event(title=count * character))


@when(parsers.parse("{user:w} creates an event with a {field:w} of {count:d} characters"))
def creates_with_long_text(user: str, field: str, count: int, client: EventsClient) -> None:
    client.create(user, documents.an_event(**{field: count * "д"}))


@when(parsers.parse('{user:w} creates an event with the ID of "{title}" and'))
def creates_under_id(user: str, title: str, datatable: Table, client: EventsClient) -> None:
    client.create(
        user, documents.an_event(id=client[title]["id"], **documents.from_rows(datatable))
    )


@when(
    parsers.parse("{user:w} creates the same event {count:d} times at once"), target_fixture="codes"
)
def creates_at_once(user: str, count: int, client: EventsClient) -> list[int]:
    event = documents.an_event(id=str(uuid4()))
    with concurrent.futures.ThreadPoolExecutor(count) as threads:
        sent = [threads.submit(client.create, user, event) for _ in range(count)]
        return sorted(future.result().status_code for future in sent)


@given(parsers.parse('{user:w} has created "{title}" with the Idempotency-Key {key}'))
@when(parsers.parse('{user:w} creates "{title}" with the Idempotency-Key {key}'))
def creates_with_key(user: str, title: str, key: str, client: EventsClient) -> None:
    client.create(user, documents.an_event(title=title), {"Idempotency-Key": key})


@when(parsers.parse('{user:w} creates "{title}" with an Idempotency-Key of {length:d} characters'))
def creates_with_long_key(user: str, title: str, length: int, client: EventsClient) -> None:
    client.create(user, documents.an_event(title=title), {"Idempotency-Key": length * "x"})


@when(parsers.parse('{user:w} creates "{title}" with an ID and the Idempotency-Key {key}'))
def creates_with_id_and_key(user: str, title: str, key: str, client: EventsClient) -> None:
    event = documents.an_event(title=title, id=str(uuid4()))
    client.create(user, event, {"Idempotency-Key": key})


@when(parsers.parse('{user:w} reads "{title}" and sends it back by {method:w}'))
def sends_back(user: str, title: str, method: str, client: EventsClient) -> None:
    _send(client, user, title, method, client.get(user, title).json())


@when(parsers.parse('{user:w} reads "{title}" and sends it back by {method:w} with'))
def sends_back_with(
    user: str, title: str, method: str, datatable: Table, client: EventsClient
) -> None:
    event = client.get(user, title).json() | documents.from_rows(datatable)
    _send(client, user, title, method, event)


def _send(client: EventsClient, user: str, title: str, method: str, event: Document) -> None:
    match method:
        case "PUT":
            client.replace(user, title, event)
        case "PATCH":
            client.change(user, title, event)
        case "POST":
            client.create(user, event)


@when(parsers.parse('{user:w} reads "{title}"'))
def asks_for(user: str, title: str, client: EventsClient) -> None:
    client.get(user, title)


@when(parsers.parse("{user:w} follows the Location header"))
def follows_location(user: str, api: Api) -> None:
    location = urljoin(str(api.last.url), api.last.headers["Location"])
    api.call("GET", urlsplit(location).path, user=user)


@when(parsers.parse('{user:w} replaces "{title}" with'))
def replaces(user: str, title: str, datatable: Table, client: EventsClient) -> None:
    client.replace(user, title, documents.an_event(**documents.from_rows(datatable)))


@when(parsers.parse('{user:w} replaces "{title}" with an event whose {field:w} is {text}'))
def replaces_whose(user: str, title: str, field: str, text: str, client: EventsClient) -> None:
    client.replace(user, title, documents.with_field(documents.an_event(), field, text))


@given(parsers.parse('{user:w} changes "{title}" to have'))
@when(parsers.parse('{user:w} changes "{title}" to have'))
def changes(user: str, title: str, datatable: Table, client: EventsClient) -> None:
    client.change(user, title, documents.from_rows(datatable))


@when(parsers.parse('{user:w} changes "{title}", sent as {content_type:S}, to have'))
def changes_as(
    user: str, title: str, content_type: str, datatable: Table, client: EventsClient
) -> None:
    headers = {"Content-Type": content_type}
    client.change(user, title, documents.from_rows(datatable), headers)


@when(parsers.parse('{user:w} changes the {field:w} of "{title}" to {text}'))
def changes_field(user: str, field: str, title: str, text: str, client: EventsClient) -> None:
    client.change(user, title, documents.with_field({}, field, text))


@when(parsers.parse('{user:w} sends an empty change to "{title}"'))
def changes_nothing(user: str, title: str, client: EventsClient) -> None:
    client.change(user, title, {})


@given(parsers.parse('{user:w} has deleted "{title}"'))
@when(parsers.parse('{user:w} deletes "{title}"'))
def deletes(user: str, title: str, client: EventsClient) -> None:
    client.delete(user, title)
