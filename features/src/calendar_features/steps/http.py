"""Steps about HTTP: methods, caches, compression, and the documentation's page."""

import gzip
import json
import re
from typing import Final

from pytest_bdd import given, parsers, then, when

from calendar_features import documents
from calendar_features.api import Api
from calendar_features.events_client import EVENTS, EventsClient

_OWN_EACH_TIME: Final = {"date", "x-request-id"}


@given(parsers.parse("{user:w} has {count:d} events on {date:S}"))
def has_events(user: str, count: int, date: str, client: EventsClient) -> None:
    starts_at = f"{date}T10:00:00Z"
    events = [documents.an_event(title=f"Event {n}", starts_at=starts_at) for n in range(count)]
    client.create_all(user, *events)


@when(parsers.parse("{user:w} lists the day {date:S} and accepts {codings}"))
def lists_and_accepts(user: str, date: str, codings: str, api: Api) -> None:
    accepted = "" if codings == "nothing" else codings
    headers = {"Accept-Encoding": accepted}
    api.call("GET", f"{EVENTS}/day", user=user, headers=headers, params={"date": date})


@when(
    parsers.re(
        r"(?P<user>\w+) posts an event that (?P<form>is compressed|is not compressed),"
        " with the header Content-Encoding: gzip"
    )
)
def posts_compressed(user: str, form: str, api: Api) -> None:
    plain = json.dumps(documents.an_event()).encode()
    data = gzip.compress(plain) if form == "is compressed" else plain
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    api.call("POST", EVENTS, user=user, headers=headers, data=data)


@then("both responses have the same status and headers")
def responses_agree(api: Api) -> None:
    one, other = (
        (
            response.status_code,
            {
                name.lower(): value
                for name, value in response.headers.items()
                if name.lower() not in _OWN_EACH_TIME
            },
        )
        for response in api.responses[-2:]
    )
    assert one == other


@then(parsers.parse("the response has no header {name:S}"))
def has_no_header(name: str, api: Api) -> None:
    assert name not in api.last.headers


@then("the response is compressed")
def is_compressed(api: Api) -> None:
    assert api.last.headers["Content-Encoding"] == "gzip"
    assert int(api.last.headers["Content-Length"]) < len(api.last.content) / 2
    assert api.last.json()["items"]


@then("the response is not compressed")
def is_not_compressed(api: Api) -> None:
    assert "Content-Encoding" not in api.last.headers
    assert int(api.last.headers["Content-Length"]) == len(api.last.content)


@then(parsers.parse("the page and its files come from the {service:w} alone"))
def page_is_complete(service: str, api: Api) -> None:
    page = api.last.text
    files = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert files
    assert not [file for file in files if "//" in file]
    for file in files:
        assert api.call("GET", f"/{file}", service=service).status_code == 200
