"""Steps that list events and check the lists."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from pytest_bdd import given, parsers, then, when

from calendar_features import documents
from calendar_features.api import Api
from calendar_features.documents import Document
from calendar_features.events_client import EVENTS, EventsClient

Pages = list[list[Document]]


@given(parsers.parse("{user:w} has {count:d} events at once on {date:S}"))
def has_events_at_once(user: str, count: int, date: str, client: EventsClient) -> None:
    _create(client, user, count, date, apart=timedelta())


@given(parsers.parse("{user:w} has {count:d} events a minute apart on {date:S}"))
def has_events_apart(user: str, count: int, date: str, client: EventsClient) -> None:
    _create(client, user, count, date, apart=timedelta(minutes=1))


def _create(client: EventsClient, user: str, count: int, date: str, *, apart: timedelta) -> None:
    noon = datetime.fromisoformat(f"{date}T12:00:00+00:00")
    client.create_all(
        user,
        *(
            documents.an_event(
                title=f"number {number}", starts_at=documents.format_instant(noon + number * apart)
            )
            for number in range(count)
        ),
    )


@when(parsers.parse("{user:w} lists the {kind:w} {date:S}"))
def lists(user: str, kind: str, date: str, client: EventsClient) -> None:
    client.list(user, kind, date)


@when(parsers.parse("{user:w} lists the {kind:w} {date:S} in {zone:S}"))
def lists_in(user: str, kind: str, date: str, zone: str, client: EventsClient) -> None:
    client.list(user, kind, date, tz=zone)


@when(parsers.parse("{user:w} lists the {kind:w} {date:S} without expanding series"))
def lists_series(user: str, kind: str, date: str, client: EventsClient) -> None:
    client.list(user, kind, date, expand="false")


@when(parsers.parse("{user:w} lists the range from {start:S} to {end:S}"))
def lists_range(user: str, start: str, end: str, api: Api) -> None:
    api.call("GET", EVENTS, user=user, params={"from": start, "to": end})


@when(
    parsers.parse("{user:w} pages through the {kind:w} {date:S} by {limit:d}"),
    target_fixture="pages",
)
def pages_through(user: str, kind: str, date: str, limit: int, client: EventsClient) -> Pages:
    return [page["items"] for page in _pages(client, user, kind, date, limit)]


@when(
    parsers.parse(
        "{user:w} pages through the day {date:S} by {limit:d},"
        " adding and deleting an event before each page"
    ),
    target_fixture="pages",
)
def pages_while_writing(user: str, date: str, limit: int, client: EventsClient) -> Pages:
    """Adds an event before the page and deletes one after it: pages must not shift."""
    pages: Pages = []
    for page in _pages(client, user, "day", date, limit):
        pages.append(page["items"])
        client.create_all(
            user, documents.an_event(title=f"added {len(pages)}", starts_at=f"{date}T01:00:00Z")
        )
        client.delete(user, f"number {20 - len(pages)}")
    return pages


@when(
    parsers.parse(
        "{user:w} pages through the month {date:S} by {limit:d},"
        " adding and deleting an event and a series before each page"
    ),
    target_fixture="pages",
)
def pages_while_writing_series(user: str, date: str, limit: int, client: EventsClient) -> Pages:
    """Adds an event and a series that start before the page; deletes an event and a series."""
    pages: Pages = []
    for page in _pages(client, user, "month", date, limit):
        pages.append(page["items"])
        starts_at = f"{date}T01:00:00Z"
        rule = {"rule": "FREQ=DAILY;COUNT=2"}
        added = {"event": {}, "series": {"time_zone": "UTC", "recurrence": rule}}
        for kind, members in added.items():
            title = f"{kind} {len(pages)}"
            event = documents.an_event(title=title, starts_at=starts_at, **members)
            client.create_all(user, event)
        client.delete(user, f"number {20 - len(pages)}")
        if len(pages) > 1:
            client.delete(user, f"series {len(pages) - 1}")
    return pages


def _pages(client: EventsClient, user: str, kind: str, date: str, limit: int) -> Iterator[Document]:
    page = client.list(user, kind, date, limit=limit).json()
    yield page
    while page["next_cursor"]:
        page = client.list(user, kind, date, limit=limit, cursor=page["next_cursor"]).json()
        yield page


@then(parsers.re(r"the list contains (?P<titles>\"[^\"]*\"(, \"[^\"]*\")*)"))
def list_holds(titles: str, api: Api) -> None:
    assert api.last.status_code == 200
    assert [event["title"] for event in api.last.json()["items"]] == re.findall(r'"(.*?)"', titles)


@then(parsers.parse('the list contains "{title}" as it was created'))
def list_holds_as_created(title: str, api: Api, client: EventsClient) -> None:
    assert api.last.json()["items"] == [client[title]]


@then("the list is empty")
def list_is_empty(api: Api) -> None:
    assert api.last.status_code == 200
    assert api.last.json()["items"] == []


@then(parsers.parse("the list has {count:d} events"))
def list_has(count: int, api: Api) -> None:
    assert len(api.last.json()["items"]) == count


@then("there is no next page")
def no_next_page(api: Api) -> None:
    assert api.last.json()["next_cursor"] is None


@then("there is a next page")
def next_page(api: Api) -> None:
    assert api.last.json()["next_cursor"]


@then(parsers.parse("the window is from {start:S} to {end:S}"))
def window_is(start: str, end: str, api: Api) -> None:
    page = api.last.json()
    assert (page["from"], page["to"]) == (start, end)


@then(parsers.parse("the pages have {sizes} events"))
def pages_have(sizes: str, pages: Pages) -> None:
    assert ", ".join(str(len(page)) for page in pages) == sizes


@then("the pages contain each event once, in order")
def pages_hold_each(pages: Pages, client: EventsClient) -> None:
    listed = [event for page in pages for event in page]
    created = [client[f"number {number}"] for number in range(len(listed))]
    assert listed == sorted(created, key=lambda event: (event["starts_at"], event["id"]))


@then(parsers.parse("the pages together are {user:w}'s list of the month {date:S}"))
def pages_are_list(user: str, date: str, pages: Pages, client: EventsClient) -> None:
    listed = [event for page in pages for event in page]
    keys = [(event["id"], event.get("recurrence_id")) for event in listed]
    assert len(set(keys)) == len(keys)
    assert listed == client.list(user, "month", date).json()["items"]


@then(parsers.parse('the pages contain "{title}" on each day of November 2044 once'))
def pages_hold_occurrences(title: str, pages: Pages) -> None:
    listed = [
        event["recurrence_id"][:10] for page in pages for event in page if event["title"] == title
    ]
    assert listed == [f"2044-11-{day:02}" for day in range(1, 31)]


@then(parsers.parse("the pages contain each of the first {count:d} events once"))
def pages_hold_first(count: int, pages: Pages) -> None:
    listed = [event["title"] for page in pages for event in page]
    titles = [f"number {number}" for number in range(count)]
    assert {title: listed.count(title) for title in titles} == dict.fromkeys(titles, 1)
