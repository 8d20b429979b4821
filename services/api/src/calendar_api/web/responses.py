"""The responses in the OpenAPI document: status codes, headers, an example of each problem."""

from typing import Any, Final, Literal

from pydantic import BaseModel, Field

from calendar_api.events import examples, schemas
from calendar_api.web.problems import MAX_ERRORS, MEDIA_TYPE

Responses = dict[int | str, dict[str, Any]]


class Problem(BaseModel):
    """An error (RFC 9457). Later versions may add members: ignore unknown ones."""

    type: str = Field(
        description="The kind of problem.", json_schema_extra={"format": "uri-reference"}
    )
    title: str = Field(description="The kind of problem, for people.")
    status: int = Field(ge=400, le=599)
    detail: str = Field(description="What is wrong with this request.")
    instance: str = Field(description="The path of the request, its first 200 characters.")
    request_id: str = Field(description="Also in `X-Request-Id` and in the API's log.")


class FieldError(BaseModel):
    """What is wrong with one field."""

    loc: list[str | int] = Field(
        description="The path to the field: `body`, `query`, `path` or `header`, then names and "
        "indexes.",
        examples=[["body", "events", 7, "title"]],
    )
    msg: str = Field(description="The rule that the field breaks, for people.")
    type: str = Field(description="The rule, for programs.")


class FieldsProblem(Problem):
    """An error that names the fields it is about."""

    errors: list[FieldError] = Field(
        max_length=MAX_ERRORS, description="`detail` says if there are more."
    )


def _header(description: str, example: str, **schema: Any) -> dict[str, Any]:
    schema = {"type": "string", **schema}
    return {"description": description, "schema": schema, "example": example}


_EXAMPLE_REQUEST_ID: Final = "6f0c2f7a9b8e4d0f8a55d1c5a7a1f0be"
_REQUEST_ID = {
    "X-Request-Id": _header("The ID of this request in the API's log.", _EXAMPLE_REQUEST_ID)
}
_ETAG = {
    "ETag": _header("Names this state of the event, and never another.", examples.EXAMPLE_ETAG),
    **_REQUEST_ID,
}
_LOCATION = {
    "Location": _header(
        "The path of the event.", f"/v1/events/{examples.EXAMPLE_ID}", format="uri-reference"
    ),
    **_ETAG,
}


def _json(*names: str) -> dict[str, Any]:
    """The content of a response, with these examples."""
    return {"application/json": {"examples": examples.references(*names)}}


def _problem(
    status: int | Literal["default"],
    description: str,
    detail: str,
    *,
    model: str = "Problem",
    headers: dict[str, Any] | None = None,
    **members: Any,
) -> Responses:
    kind = members.pop("kind")
    code = 500 if status == "default" else status
    example = {
        "type": f"urn:calendar:problem:{kind}",
        "title": kind.replace("-", " ").capitalize(),
        "status": code,
        "detail": detail,
        "instance": "/v1/events",
        "request_id": _EXAMPLE_REQUEST_ID,
        **members,
    }
    content = {"schema": {"$ref": f"#/components/schemas/{model}"}, "example": example}
    return {
        status: {
            "description": description,
            "headers": _REQUEST_ID | (headers or {}),
            "content": {MEDIA_TYPE: content},
        }
    }


_TITLE_TOO_LONG = {
    "loc": ["body", "title"],
    "msg": "String should have at most 255 characters",
    "type": "string_too_long",
}

ANY_CALL: Final = (
    _problem(400, "Malformed HTTP", "Invalid HTTP request received.", kind="bad-request")
    | _problem(
        422,
        "Something in the request breaks a rule; `errors` names each field",
        "body.title: String should have at most 255 characters",
        kind="invalid-request",
        model="FieldsProblem",
        errors=[_TITLE_TOO_LONG],
    )
    | _problem(
        500,
        "An error of the API",
        "This is our fault, and it is in the log.",
        kind="internal-server-error",
    )
    | _problem(
        503,
        "The database is away or too slow, or too many requests are in progress",
        "The database is away or too slow; try again.",
        kind="service-unavailable",
        headers={"Retry-After": _header("Seconds to wait.", "1", pattern="^[0-9]+$")},
    )
    | _problem(
        "default",
        "Any other error",
        "This is our fault, and it is in the log.",
        kind="internal-server-error",
    )
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
    headers={"ETag": _header("The event's current one.", examples.EXAMPLE_ETAG)},
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
        "headers": _REQUEST_ID,
    },
    201: {"description": "Created", "headers": _REQUEST_ID},
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

DELETED: Final[Responses] = {204: {"description": "Deleted", "headers": _REQUEST_ID}}

LISTED: Final[Responses] = {
    200: {
        "description": "One page",
        "headers": _REQUEST_ID,
        "content": _json("Week"),
    }
}

OCCURRENCES: Final[Responses] = {
    200: {
        "description": "One page",
        "headers": _REQUEST_ID,
        "content": _json("TwoWeeks"),
    }
}
