"""Steps that receive and list notifications."""

import re
from concurrent.futures import ThreadPoolExecutor

from pytest_bdd import given, parsers, then, when

from calendar_features import documents
from calendar_features.api import Api
from calendar_features.documents import Document, Table
from calendar_features.environment import Environment
from calendar_features.inbox import Inbox, Page, check
from calendar_features.reminders import Notifications
from calendar_features.series import ORDINALS, SeriesPlanner
from calendar_features.waiting import wait_until

TITLES = r"\"[^\"]*\"(?:(?:, | and )\"[^\"]*\")*"


def titles_in(text: str) -> list[str]:
    """Parses `"first", "second" and "third"`."""
    return re.findall(r'"(.*?)"', text)


def notification(api: Api) -> Document:
    """The only notification of the last response: of a list, or the one that was acknowledged."""
    assert api.last.status_code == 200, api.last.text
    body: Document = api.last.json()
    [only] = body.get("items", [body])
    return dict(only)


@given(parsers.re(rf"(?P<user>\w+) has received (?P<titles>{TITLES})"))
@when(parsers.re(rf"(?P<user>\w+) receives (?P<titles>{TITLES})"))
def receives(user: str, titles: str, inbox: Inbox) -> None:
    inbox.receive(user, *titles_in(titles))


@given(parsers.parse("{user:w} has received {count:d} notifications"))
@when(parsers.parse("{user:w} receives {count:d} notifications"))
def receives_many(user: str, count: int, inbox: Inbox) -> None:
    inbox.receive_many(user, count)


@given(parsers.parse("{user:w} has received a notification with"))
def receives_with(user: str, datatable: Table, inbox: Inbox) -> None:
    members = {"title": "Dentist"} | documents.from_rows(datatable)
    inbox.receive(user, members.pop("title"), **members)


@when(parsers.parse("{user:w} lists notifications"))
@when(parsers.parse("{user:w} lists notifications again"))
def lists(user: str, inbox: Inbox) -> None:
    inbox.read(user)


@when(parsers.parse("{user:w} lists notifications with {query:S}"))
def lists_with(user: str, query: str, inbox: Inbox) -> None:
    inbox.read(user, query)


@when(parsers.parse("{user:w} continues the list"))
def continues(user: str, inbox: Inbox) -> None:
    inbox.read(user, params={"after": inbox.cursor(user)})


@when(parsers.parse("{user:w} lists notifications after that page"))
def lists_after(user: str, inbox: Inbox) -> None:
    inbox.list(user, params={"after": inbox.cursor(user)})


@when(parsers.parse("{user:w} lists notifications after that page, with {query:S}"))
def lists_after_with(user: str, query: str, inbox: Inbox) -> None:
    inbox.list(user, query, params={"after": inbox.cursor(user)})


@when(
    parsers.parse(
        "{user:w} lists notifications after that page,"
        " with the last {count:d} characters of the cursor cut off"
    )
)
def lists_after_less(user: str, count: int, inbox: Inbox) -> None:
    inbox.list(user, params={"after": inbox.cursor(user)[:-count]})


@when(
    parsers.parse("{user:w} pages through notifications by {limit:d}"), target_fixture="inbox_pages"
)
def pages_through(user: str, limit: int, inbox: Inbox) -> list[Page]:
    return list(inbox.pages(user, limit=limit))


@when(
    parsers.parse(
        "{user:w} pages through notifications by {limit:d} with unacknowledged=true,"
        " acknowledging each"
    ),
    target_fixture="inbox_pages",
)
def pages_through_acknowledging(user: str, limit: int, inbox: Inbox) -> list[Page]:
    pages: list[Page] = []
    for page in inbox.pages(user, limit=limit, unacknowledged="true"):
        for item in page:
            assert inbox.acknowledge(user, item["id"]).status_code == 200
        pages.append(page)
    return pages


@when(
    parsers.parse(
        "{count:d} notifications for {user:w} arrive while a client pages through them by {limit:d}"
    ),
    target_fixture="inbox_pages",
)
def pages_while_arriving(
    count: int, user: str, limit: int, inbox: Inbox, environment: Environment
) -> list[Page]:
    pages: list[Page] = []
    params: dict[str, str | int] = {"limit": limit}

    def all_are_read() -> bool:
        page = inbox.list(user, params=params).json()
        pages.append(page["items"])
        params["after"] = page["next_cursor"]
        return sum(map(len, pages)) >= count

    with ThreadPoolExecutor(1) as thread:
        sent = thread.submit(inbox.receive_many, user, count)
        wait_until(all_are_read, seconds=environment.timeout, what=f"{count} notifications listed")
        sent.result()
    return pages


@then(parsers.re(rf"the notifications are (?P<titles>{TITLES})"))
def notifications_are(titles: str, api: Api) -> None:
    assert [item["title"] for item in _items(api)] == titles_in(titles)


@then("there are no notifications")
def no_notifications(api: Api) -> None:
    assert _items(api) == []
    assert api.last.json()["next_cursor"]


@then(parsers.parse("the list has {count:d} notifications"))
@then(parsers.parse("the list has {count:d} notification"))
def list_has(count: int, api: Api) -> None:
    assert len(_items(api)) == count


@then("the notifications have different IDs")
def ids_differ(api: Api) -> None:
    ids = [item["id"] for item in _items(api)]
    assert len(set(ids)) == len(ids)


@then(parsers.parse("the pages have {sizes} notifications"))
def pages_have(sizes: str, inbox_pages: list[Page]) -> None:
    assert ", ".join(str(len(page)) for page in inbox_pages) == sizes


@then(parsers.parse("the pages contain each notification of {user:w} once, in the list's order"))
def pages_contain_each(
    user: str, inbox_pages: list[Page], inbox: Inbox, notifications: Notifications
) -> None:
    found = [item["id"] for page in inbox_pages for item in page]
    assert sorted(found) == sorted(
        str(row["notification_id"]) for row in notifications.of_user(user)
    )
    assert found == [item["id"] for page in inbox.pages(user) for item in page]


@then("the notification has")
def notification_has(datatable: Table, api: Api) -> None:
    documents.check(notification(api), documents.from_rows(datatable))


@then("the notification has what was sent")
def has_what_was_sent(api: Api, inbox: Inbox) -> None:
    item = notification(api)
    check(item, inbox[item["title"]])


@then(parsers.parse("the notification is stored as {user:w}'s"))
def is_stored_as(user: str, api: Api, notifications: Notifications) -> None:
    item, [row] = notification(api), notifications.of_user(user)
    assert (item["id"], item["event_id"]) == (str(row["notification_id"]), str(row["event_id"]))
    assert item["title"] == row["title"]
    for field in ("event_date", "notify_at", "stored_at"):
        assert documents.parse_instant(item[field]) == row[field], field


@then(parsers.parse('the notifications name the {ordinals} occurrence of "{title}"'))
def name_occurrences(ordinals: str, title: str, api: Api, series_planner: SeriesPlanner) -> None:
    ids = [series_planner[title].ids[ORDINALS[each]] for each in ordinals.split(" and ")]
    assert [item["recurrence_id"] for item in _items(api)] == ids


def _items(api: Api) -> Page:
    assert api.last.status_code == 200, api.last.text
    items: Page = api.last.json()["items"]
    return items
