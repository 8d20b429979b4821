"""The responses in the OpenAPI document: status codes, headers, an example of each problem."""

from functools import partial
from typing import Any, Final

from calendar_api.events import examples, schemas
from calendar_api.web.problem_responses import (
    REQUEST_ID,
    Responses,
    header,
    of_any_call,
    problem_response,
)

_PATH: Final = "/v1/events"
_problem: Final = partial(problem_response, _PATH)

_ETAG = {
    "ETag": header("Names this state of the event, and never another.", examples.EXAMPLE_ETAG),
    **REQUEST_ID,
}
_LOCATION = {
    "Location": header(
        "The path of the event.", f"/v1/events/{examples.EXAMPLE_ID}", format="uri-reference"
    ),
    **_ETAG,
}


def _json(*names: str) -> dict[str, Any]:
    """The content of a response, with these examples."""
    return {"application/json": {"examples": examples.references(*names)}}


ANY_CALL: Final = of_any_call(
    _PATH,
    loc=["body", "title"],
    msg="String should have at most 255 characters",
    type_="string_too_long",
)

WITH_BODY: Final = (
    _problem(
        408,
        "The body arrived too slowly",
        "The body did not arrive within 10 seconds.",
        kind="request-timeout",
    )
    | _problem(
        413,
        "The body is too large",
        "The body may have 1048576 bytes.",
        kind="content-too-large",
    )
    | _problem(
        415,
        "The body is of another type",
        "The body must be application/json, in UTF-8.",
        kind="unsupported-media-type",
    )
)

NOT_FOUND: Final = _problem(
    404, "The user has no such event", "You have no event with this ID.", kind="event-not-found"
)

NO_SERIES: Final = _problem(
    404,
    "The user has no such event, or it does not recur",
    "This event does not recur: it has no occurrences.",
    kind="not-recurring",
)

OCCURRENCE_NOT_FOUND: Final = _problem(
    404,
    "The user has no such event, or the event no such occurrence",
    "The event has no such occurrence, or it is excluded.",
    kind="occurrence-not-found",
)

LAST_OCCURRENCE: Final = _problem(
    409,
    "No other occurrence is left",
    "It is the last occurrence of the event: delete the event instead.",
    kind="last-occurrence",
)

CONFLICT: Final = _problem(
    409,
    "An event with this ID exists with other content",
    f"Stored already, with other content: {examples.EXAMPLE_ID}. Nothing was changed.",
    kind="event-exists",
)

_MISMATCH: Final = _problem(
    412,
    "`If-Match` does not match the event's `ETag`; for a change, also: `If-None-Match` does",
    f"The event's ETag is {examples.EXAMPLE_ETAG}: it is not in If-Match.",
    kind="version-mismatch",
    headers={"ETag": header("The event's current one.", examples.EXAMPLE_ETAG)},
)

MATCHED: Final = NOT_FOUND | _MISMATCH
MATCHED_OCCURRENCE: Final = OCCURRENCE_NOT_FOUND | _MISMATCH

_LINKS = {
    operation: {
        "operationId": operation,
        "description": "With the ID of the event, as the same user.",
        "parameters": {"event_id": "$response.body#/id"},
    }
    for operation in ("getEvent", "replaceEvent", "changeEvent", "deleteEvent")
}

_EVENTS: Final = ("SingleEvent", "ZonedEvent", "AllDayEvent", "Series")

_NEW: Final = {"headers": _LOCATION, "links": _LINKS, "content": _json(*_EVENTS)}
CREATED: Final[Responses] = {
    200: {
        "model": schemas.EventOut,
        "description": "Stored before, with the same content",
        **_NEW,
    },
    201: {"description": "Created", **_NEW},
}

_NEW_SERIES: Final = {"headers": _LOCATION, "links": _LINKS, "content": _json("FollowingSeries")}
SPLIT: Final[Responses] = {
    200: {
        "model": schemas.EventOut,
        "description": "Split before, with the same key and the same changes",
        **_NEW_SERIES,
    },
    201: {"description": "The new series", **_NEW_SERIES},
}

BATCH_CREATED: Final[Responses] = {
    200: {
        "model": schemas.EventBatch,
        "description": "All stored before, with the same content",
        "headers": REQUEST_ID,
    },
    201: {"description": "Created", "headers": REQUEST_ID},
}

EVENT: Final[Responses] = {
    200: {"description": "The event", "headers": _ETAG, "content": _json(*_EVENTS)}
}

OCCURRENCE: Final[Responses] = {
    200: {
        "description": "The occurrence",
        "headers": _ETAG,
        "content": _json("ChangedOccurrence"),
    }
}

NOT_MODIFIED: Final[Responses] = {
    304: {"description": "The client has the event already", "headers": _ETAG}
}

DELETED: Final[Responses] = {204: {"description": "Deleted", "headers": REQUEST_ID}}

LISTED: Final[Responses] = {
    200: {
        "description": "One page",
        "headers": REQUEST_ID,
        "content": _json("Week"),
    }
}

OCCURRENCES: Final[Responses] = {
    200: {
        "description": "One page",
        "headers": REQUEST_ID,
        "content": _json("TwoWeeks"),
    }
}
