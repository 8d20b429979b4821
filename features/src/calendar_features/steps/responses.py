"""Steps that look at the last answer."""

from uuid import UUID

from pytest_bdd import parsers, then

from calendar_features import events
from calendar_features.api import Api
from calendar_features.diary import Diary
from calendar_features.events import Table
from calendar_features.people import People


@then(parsers.parse("the answer is {status:d}"))
def answer_is(status: int, api: Api) -> None:
    assert api.last.status_code == status, api.last.text


@then(parsers.parse("the answer is {status:d} and names {place:S}"))
def answer_names(status: int, place: str, api: Api) -> None:
    answer_is(status, api)
    named = [".".join(map(str, error["loc"])) for error in api.last.json()["errors"]]
    assert place in named


@then(parsers.parse("all of those answers are {status:d} but one, which is {other:d}"))
def answers_but_one(status: int, other: int, codes: list[int]) -> None:
    assert codes == sorted([other, *(status for _ in codes[1:])])


@then("the answer has no body")
def has_no_body(api: Api) -> None:
    assert api.last.content == b""


@then("the event has")
def event_has(datatable: Table, api: Api) -> None:
    events.check(api.last.json(), events.of_rows(datatable))


@then(parsers.parse("the event ends at {end:S} after {duration:S}"))
def event_ends(end: str, duration: str, api: Api) -> None:
    events.check(api.last.json(), {"ends_at": end, "duration": duration})


@then(parsers.parse("the event starts at {start:S}"))
def event_starts(start: str, api: Api) -> None:
    events.check(api.last.json(), {"starts_at": start})
    assert api.last.json()["starts_at"] == start


@then(parsers.parse('the event is called "{title}"'))
def event_is_called(title: str, api: Api) -> None:
    assert api.last.json()["title"] == title


@then(parsers.parse("the event's title has {count:d} characters"))
def title_has(count: int, api: Api) -> None:
    assert len(api.last.json()["title"]) == count


@then(parsers.parse("the event belongs to {who:w}"))
def event_belongs_to(who: str, api: Api, people: People) -> None:
    assert api.last.json()["user_id"] == people[who]


@then(parsers.parse("the event's ID is a UUID of version {version:d}"))
def id_is(version: int, api: Api) -> None:
    assert UUID(api.last.json()["id"]).version == version


@then(parsers.parse('the event is "{title}" as it was created'))
def event_is_as_created(title: str, api: Api, diary: Diary) -> None:
    assert api.last.json() == diary[title]


@then(parsers.parse('it was created when "{title}" was, and updated later'))
def updated_later(title: str, api: Api, diary: Diary) -> None:
    event, before = api.last.json(), diary[title]
    assert event["created_at"] == before["created_at"]
    assert events.instant(event["updated_at"]) > events.instant(before["updated_at"])


@then(parsers.parse("the header {name:S} is {value}"))
def header_is(name: str, value: str, api: Api) -> None:
    assert api.last.headers.get(name) == value


@then("both answers say the same")
def answers_say_the_same(api: Api) -> None:
    one, other = (answer.json() for answer in api.answers[-2:])
    own = {"instance": None, "request_id": None}
    assert one | own == other | own
