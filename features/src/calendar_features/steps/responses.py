"""Steps that check the last response."""

from uuid import UUID

from pytest_bdd import parsers, then

from calendar_features import documents
from calendar_features.api import Api
from calendar_features.documents import Table
from calendar_features.events_client import EventsClient
from calendar_features.user_ids import UserIds


@then(parsers.parse("the response is {status:d}"))
def response_is(status: int, api: Api) -> None:
    assert api.last.status_code == status, api.last.text


@then(parsers.parse("the response is {status:d} and names {place:S}"))
def response_names(status: int, place: str, api: Api) -> None:
    response_is(status, api)
    named = [".".join(map(str, error["loc"])) for error in api.last.json()["errors"]]
    assert place in named


@then(parsers.parse("the response names {place:S}"))
def names(place: str, api: Api) -> None:
    response_names(api.last.status_code, place, api)


@then(parsers.parse("the response is {status:d} and names a part of {place:S}"))
def response_names_part(status: int, place: str, api: Api) -> None:
    response_is(status, api)
    named = [".".join(map(str, error["loc"])) for error in api.last.json()["errors"]]
    assert [name for name in named if f"{name}.".startswith(f"{place}.")], named


@then(parsers.parse("the response is 422 because of {text}"))
def response_explains(text: str, api: Api) -> None:
    response_is(422, api)
    messages = [error["msg"] for error in api.last.json()["errors"]]
    assert any(text in message for message in messages), messages


@then(parsers.parse('the response is 422 with the code "{code}"'))
def response_has_code(code: str, api: Api) -> None:
    response_is(422, api)
    assert code in [error["type"] for error in api.last.json()["errors"]]


@then(parsers.parse('the response is {status:d} with the problem "{problem}"'))
def response_has_problem(status: int, problem: str, api: Api) -> None:
    response_is(status, api)
    assert api.last.json()["type"] == f"urn:calendar:problem:{problem}"


@then(parsers.parse("one response is {other:d} and the others are {status:d}"))
def one_response_is(status: int, other: int, codes: list[int]) -> None:
    assert codes == sorted([other, *(status for _ in codes[1:])])


@then("the response has no body")
def has_no_body(api: Api) -> None:
    assert api.last.content == b""


@then("the event has")
def event_has(datatable: Table, api: Api) -> None:
    documents.check(api.last.json(), documents.from_rows(datatable))


@then(parsers.parse("the event ends at {end:S} and lasts {duration:S}"))
def event_ends(end: str, duration: str, api: Api) -> None:
    documents.check(api.last.json(), {"ends_at": end, "duration": duration})


@then(parsers.parse("the event starts at {start:S}"))
def event_starts(start: str, api: Api) -> None:
    documents.check(api.last.json(), {"starts_at": start})
    assert api.last.json()["starts_at"] == start


@then(parsers.parse('the event is called "{title}"'))
def event_is_called(title: str, api: Api) -> None:
    assert api.last.json()["title"] == title


@then(parsers.parse("the event's title has {count:d} characters"))
def title_has(count: int, api: Api) -> None:
    assert len(api.last.json()["title"]) == count


@then(parsers.parse("the event belongs to {user:w}"))
def event_belongs_to(user: str, api: Api, user_ids: UserIds) -> None:
    assert api.last.json()["user_id"] == user_ids[user]


@then(parsers.parse("the event's ID is a UUID of version {version:d}"))
def id_is(version: int, api: Api) -> None:
    assert UUID(api.last.json()["id"]).version == version


@then(parsers.parse('the event has another ID than "{title}"'))
def has_another_id(title: str, api: Api, client: EventsClient) -> None:
    assert UUID(api.last.json()["id"]) != UUID(client[title]["id"])


@then(parsers.parse('the event is "{title}" as it was created'))
def event_is_as_created(title: str, api: Api, client: EventsClient) -> None:
    assert api.last.json() == client[title]


@then(parsers.parse('the event has the created_at of "{title}" and a later updated_at'))
def updated_later(title: str, api: Api, client: EventsClient) -> None:
    event, before = api.last.json(), client[title]
    assert event["created_at"] == before["created_at"]
    assert documents.parse_instant(event["updated_at"]) > documents.parse_instant(
        before["updated_at"]
    )


@then(parsers.parse("the header {name:S} is {value}"))
def header_is(name: str, value: str, api: Api) -> None:
    assert api.last.headers.get(name) == value


@then(parsers.parse("the media type is {media_type:S}"))
def media_type_is(media_type: str, api: Api) -> None:
    assert api.last.headers["Content-Type"].partition(";")[0] == media_type


@then("both responses are the same")
def responses_are_the_same(api: Api) -> None:
    one, other = (response.json() for response in api.responses[-2:])
    own = {"instance": None, "request_id": None}
    assert one | own == other | own
