"""Steps that send conditional requests."""

from pytest_bdd import parsers, when

from calendar_features import documents
from calendar_features.events_client import EventsClient


@when(parsers.parse('{user:w} requests "{title}" with If-None-Match {tags}'))
def asks_unless(user: str, title: str, tags: str, client: EventsClient) -> None:
    client.get(user, title, {"If-None-Match": tags})


@when(parsers.parse('{user:w} replaces "{title}" with If-Match {tags}'))
def replaces_if(user: str, title: str, tags: str, client: EventsClient) -> None:
    client.replace(user, title, documents.an_event(title="Surgeon"), {"If-Match": tags})


@when(parsers.parse('{user:w} renames "{title}" with If-Match {tags}'))
def renames_if(user: str, title: str, tags: str, client: EventsClient) -> None:
    client.change(user, title, {"title": "Surgeon"}, {"If-Match": tags})


@when(parsers.parse('{user:w} removes "{title}" with If-Match {tags}'))
def removes_if(user: str, title: str, tags: str, client: EventsClient) -> None:
    client.delete(user, title, {"If-Match": tags})
