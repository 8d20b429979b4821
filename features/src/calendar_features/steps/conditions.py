"""Steps that send conditional requests and check ETags."""

import re
from typing import Final

from pytest_bdd import parsers, then, when

from calendar_features import documents
from calendar_features.api import Api
from calendar_features.events_client import EventsClient

_CONDITION: Final = re.compile(r"(If-Match|If-None-Match) (.+?)(?: and (?=If-)|$)")


@when(
    parsers.re(
        r'(?P<user>\w+) (?P<call>requests|replaces|renames|removes) "(?P<title>.*)"'
        r" with (?P<conditions>If-.*)"
    )
)
def calls_if(user: str, call: str, title: str, conditions: str, client: EventsClient) -> None:
    headers = {
        name: _expand(tags, client.etags(title)) for name, tags in _CONDITION.findall(conditions)
    }
    match call:
        case "requests":
            client.get(user, title, headers)
        case "replaces":
            client.replace(user, title, documents.an_event(title="Surgeon"), headers)
        case "renames":
            client.change(user, title, {"title": "Surgeon"}, headers)
        case "removes":
            client.delete(user, title, headers)


def _expand(text: str, etags: list[str]) -> str:
    """Replaces the names of ETags by those of the event."""
    current = etags[-1]
    return (
        text.replace("{current}", current)
        .replace("{current, unquoted}", current.strip('"'))
        .replace("{current, compressed}", f'{current[:-1]}-gzip"')
        .replace("{first}", etags[0])
    )


@then("the ETag is new")
def etag_is_new(api: Api) -> None:
    *earlier, etag = _etags(api)
    assert re.fullmatch('"[^"]+"', etag), f"{etag} is not a strong ETag"
    assert etag not in earlier


@then("the ETag is the same")
def etag_is_the_same(api: Api) -> None:
    *_, before, etag = _etags(api)
    assert etag == before


def _etags(api: Api) -> list[str]:
    """The ETags of all responses; the last one must have one."""
    assert "ETag" in api.last.headers
    return [response.headers["ETag"] for response in api.responses if "ETag" in response.headers]
