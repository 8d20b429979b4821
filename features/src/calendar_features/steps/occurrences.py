"""Steps that list, read, change, delete and split the occurrences of a series."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

from pytest_bdd import given, parsers, then, when

from calendar_features import documents, occurrences
from calendar_features.api import Api
from calendar_features.documents import Document, Table
from calendar_features.events_client import MERGE_PATCH, EventsClient

Pages = list[list[Document]]


@when(parsers.parse('{user:w} lists the occurrences of "{title}" from {start:S} to {end:S}'))
def lists_occurrences(user: str, title: str, start: str, end: str, client: EventsClient) -> None:
    client.occurrences(user, title, **{"from": start, "to": end})


@when(parsers.parse('{user:w} lists the occurrences of "{title}" by {query}'))
def lists_by_query(user: str, title: str, query: str, client: EventsClient) -> None:
    client.occurrences(user, title, **dict(parse_qsl(query, keep_blank_values=True)))


@when(
    parsers.parse(
        '{user:w} pages through the occurrences of "{title}" from {start:S} to {end:S} by {limit:d}'
    ),
    target_fixture="pages",
)
def pages_through(
    user: str, title: str, start: str, end: str, limit: int, client: EventsClient
) -> Pages:
    def pages() -> Iterator[Document]:
        window: dict[str, Any] = {"from": start, "to": end, "limit": limit}
        page = client.occurrences(user, title, **window).json()
        yield page
        while page["next_cursor"]:
            page = client.occurrences(user, title, **window, cursor=page["next_cursor"]).json()
            yield page

    return [page["items"] for page in pages()]


@when(parsers.parse('{user:w} reads the occurrence {occurrence:S} of "{title}"'))
def reads(user: str, occurrence: str, title: str, client: EventsClient) -> None:
    client.occurrence("GET", user, title, occurrence)


@given(parsers.parse('{user:w} changes the occurrence {occurrence:S} of "{title}" to have'))
@when(parsers.parse('{user:w} changes the occurrence {occurrence:S} of "{title}" to have'))
def changes(user: str, occurrence: str, title: str, datatable: Table, client: EventsClient) -> None:
    _change(client, user, title, occurrence, documents.from_rows(datatable))


@when(
    parsers.parse(
        '{user:w} changes the {field:w} of the occurrence {occurrence:S} of "{title}" to {text}'
    )
)
def changes_field(
    user: str, field: str, occurrence: str, title: str, text: str, client: EventsClient
) -> None:
    _change(client, user, title, occurrence, documents.with_field({}, field, text))


def _change(client: EventsClient, user: str, title: str, occurrence: str, patch: Document) -> None:
    client.occurrence("PATCH", user, title, occurrence, headers=MERGE_PATCH, body=patch)


@given(parsers.parse('{user:w} deletes the occurrence {occurrence:S} of "{title}"'))
@when(parsers.parse('{user:w} deletes the occurrence {occurrence:S} of "{title}"'))
def deletes(user: str, occurrence: str, title: str, client: EventsClient) -> None:
    client.occurrence("DELETE", user, title, occurrence)


@when(
    parsers.re(
        r"(?P<user>\w+) (?P<call>renames|removes|splits|ends) the occurrence (?P<occurrence>\S+)"
        r' of "(?P<title>.*)" with the (?P<etag>first|current) ETag'
    )
)
def calls_if(
    user: str, call: str, occurrence: str, title: str, etag: str, client: EventsClient
) -> None:
    tags = client.etags(title)
    headers = {"If-Match": tags[0] if etag == "first" else tags[-1]}
    match call:
        case "renames":
            client.occurrence(
                "PATCH",
                user,
                title,
                occurrence,
                headers=MERGE_PATCH | headers,
                body={"title": "Retrospective"},
            )
        case "removes":
            client.occurrence("DELETE", user, title, occurrence, headers=headers)
        case "splits":
            client.split(user, title, occurrence, headers=headers)
        case "ends":
            client.end(user, title, occurrence, headers=headers)


@when(parsers.parse('{user:w} splits "{title}" at {occurrence:S}'))
def splits(user: str, title: str, occurrence: str, client: EventsClient) -> None:
    client.split(user, title, occurrence)


@when(parsers.parse('{user:w} splits "{title}" at {occurrence:S} and changes'))
def splits_and_changes(
    user: str, title: str, occurrence: str, datatable: Table, client: EventsClient
) -> None:
    client.split(user, title, occurrence, changes=documents.from_rows(datatable))


@when(parsers.parse('{user:w} ends "{title}" before {occurrence:S}'))
def ends_before(user: str, title: str, occurrence: str, client: EventsClient) -> None:
    client.end(user, title, occurrence)


@when(parsers.parse('{user:w} sends the occurrence {occurrence:S} of "{title}" back by {method:w}'))
def sends_occurrence_back(
    user: str, occurrence: str, title: str, method: str, client: EventsClient
) -> None:
    document = client.occurrence("GET", user, title, occurrence).json()
    if method == "PUT":
        client.replace(user, title, document)
    else:
        client.create(user, document)


@then(parsers.parse('{user:w}\'s "{title}" occurs at {expected}'))
def occurs_at(user: str, title: str, expected: str, client: EventsClient) -> None:
    found = [
        (each["recurrence_id"], documents.parse_instant(each["starts_at"]))
        for each in occurrences.find(client, user, title, expected)
    ]
    assert found == [occurrences.parse(text) for text in occurrences.split(expected)]


@then(parsers.parse('{user:w}\'s "{title}" occurs on {expected}'))
def occurs_on(user: str, title: str, expected: str, client: EventsClient) -> None:
    found = occurrences.find(client, user, title, expected)
    assert [each["recurrence_id"][:10] for each in found] == occurrences.split(expected)


@then("the list contains exactly")
def list_is(datatable: Table, api: Api) -> None:
    """Compares the fields that are columns; the order is that of the list."""
    assert api.last.status_code == 200, api.last.text
    items, expected = api.last.json()["items"], documents.from_table(datatable)
    titles = [(item["title"], item.get("recurrence_id")) for item in items]
    assert len(items) == len(expected), titles
    for item, fields in zip(items, expected, strict=True):
        documents.check(item, fields)
