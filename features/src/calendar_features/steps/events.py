"""Steps that create, read, change and delete events."""

import concurrent.futures
from urllib.parse import urljoin, urlsplit
from uuid import uuid4

from pytest_bdd import given, parsers, when

from calendar_features import events
from calendar_features.api import Api
from calendar_features.diary import Diary
from calendar_features.events import Table


@given(parsers.parse('{who:w} has an event "{title}"'))
def has_event(who: str, title: str, diary: Diary) -> None:
    diary.have(who, events.an_event(title=title))


@given(parsers.parse("{who:w} has an event with"))
def has_event_with(who: str, datatable: Table, diary: Diary) -> None:
    diary.have(who, events.an_event(**events.of_rows(datatable)))


@given(parsers.parse("{who:w} has the events"))
def has_events(who: str, datatable: Table, diary: Diary) -> None:
    diary.have(who, *events.of_columns(datatable))


@when(parsers.parse("{who:w} creates an event with"))
def creates_with(who: str, datatable: Table, diary: Diary) -> None:
    diary.create(who, events.an_event(**events.of_rows(datatable)))


@when(parsers.parse("{who:w} creates an event whose {field:w} is {text}"))
def creates_whose(who: str, field: str, text: str, diary: Diary) -> None:
    diary.create(who, events.with_json(events.an_event(), field, text))


@when(parsers.parse("{who:w} creates an event from {start:S} whose {field:w} is {text}"))
def creates_from(who: str, start: str, field: str, text: str, diary: Diary) -> None:
    diary.create(who, events.with_json(events.an_event(starts_at=start), field, text))


@when(parsers.parse("{who:w} creates an event that ends at {text}"))
def creates_that_ends(who: str, text: str, diary: Diary) -> None:
    event = events.with_json(events.an_event(), "duration", events.ABSENT)
    diary.create(who, events.with_json(event, "ends_at", text))


@when(parsers.parse('{who:w} creates an event with a title of {count:d} times "{character}"'))
def creates_with_long_title(who: str, count: int, character: str, diary: Diary) -> None:
    diary.create(who, events.an_event(title=count * character))


@when(parsers.parse("{who:w} creates an event with a {field:w} of {count:d} characters"))
def creates_with_long_text(who: str, field: str, count: int, diary: Diary) -> None:
    diary.create(who, events.an_event(**{field: count * "д"}))


@when(parsers.parse('{who:w} creates an event with the ID of "{title}" and'))
def creates_under_id(who: str, title: str, datatable: Table, diary: Diary) -> None:
    diary.create(who, events.an_event(id=diary[title]["id"], **events.of_rows(datatable)))


@when(
    parsers.parse("{who:w} creates the same event {count:d} times at once"), target_fixture="codes"
)
def creates_at_once(who: str, count: int, diary: Diary) -> list[int]:
    event = events.an_event(id=str(uuid4()))
    with concurrent.futures.ThreadPoolExecutor(count) as threads:
        sent = [threads.submit(diary.create, who, event) for _ in range(count)]
        return sorted(future.result().status_code for future in sent)


@when(parsers.parse('{who:w} asks for "{title}"'))
def asks_for(who: str, title: str, diary: Diary) -> None:
    diary.get(who, title)


@when(parsers.parse("{who:w} follows the address in Location"))
def follows_location(who: str, api: Api) -> None:
    location = urljoin(str(api.last.url), api.last.headers["Location"])
    api.call("GET", urlsplit(location).path, who=who)


@when(parsers.parse('{who:w} replaces "{title}" with'))
def replaces(who: str, title: str, datatable: Table, diary: Diary) -> None:
    diary.replace(who, title, events.an_event(**events.of_rows(datatable)))


@when(parsers.parse('{who:w} replaces "{title}" by an event whose {field:w} is {text}'))
def replaces_whose(who: str, title: str, field: str, text: str, diary: Diary) -> None:
    diary.replace(who, title, events.with_json(events.an_event(), field, text))


@when(parsers.parse('{who:w} changes "{title}" to have'))
def changes(who: str, title: str, datatable: Table, diary: Diary) -> None:
    diary.change(who, title, events.of_rows(datatable))


@when(parsers.parse('{who:w} changes "{title}", sent as {content_type:S}, to have'))
def changes_as(who: str, title: str, content_type: str, datatable: Table, diary: Diary) -> None:
    headers = {"Content-Type": content_type}
    diary.change(who, title, events.of_rows(datatable), headers)


@when(parsers.parse('{who:w} changes the {field:w} of "{title}" to {text}'))
def changes_field(who: str, field: str, title: str, text: str, diary: Diary) -> None:
    diary.change(who, title, events.with_json({}, field, text))


@when(parsers.parse('{who:w} changes nothing of "{title}"'))
def changes_nothing(who: str, title: str, diary: Diary) -> None:
    diary.change(who, title, {})


@given(parsers.parse('{who:w} has deleted "{title}"'))
@when(parsers.parse('{who:w} deletes "{title}"'))
def deletes(who: str, title: str, diary: Diary) -> None:
    diary.delete(who, title)
