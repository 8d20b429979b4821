"""The responses in the OpenAPI document: status codes, headers, an example of each problem."""

from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from calendar_api.events import schemas
from calendar_api.web.problems import MEDIA_TYPE

Responses = dict[int | str, dict[str, Any]]


class Problem(BaseModel):
    """An error, as RFC 9457 has it."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(description="Names the kind of problem.")
    title: str = Field(description="The kind, for people.")
    status: int = Field(ge=400, le=599)
    detail: str = Field(description="What is wrong this time.")
    instance: str = Field(description="The path that was asked for.")
    request_id: str = Field(description="Also in `X-Request-Id` and in the API's log.")


class FieldError(BaseModel):
    """What is wrong with one field."""

    model_config = ConfigDict(extra="forbid")

    loc: list[str | int] = Field(
        description="The way to the field.", examples=[["body", "events", 7, "title"]]
    )
    msg: str
    type: str


class FieldsProblem(Problem):
    """An error that names the fields it is about."""

    errors: list[FieldError]


def _header(description: str, **schema: Any) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string", **schema}}


_REQUEST_ID = {"X-Request-Id": _header("Names this request in the API's log.")}
_ETAG = {
    "ETag": _header(
        "Names this state of the event, and never another one.", examples=[schemas.EXAMPLE_ETAG]
    ),
    **_REQUEST_ID,
}
_LOCATION = {"Location": _header("Where the event is.", format="uri-reference"), **_ETAG}


def _problem(
    status: int,
    description: str,
    detail: str,
    *,
    model: str = "Problem",
    headers: dict[str, Any] | None = None,
    **members: Any,
) -> Responses:
    kind = members.pop("kind")
    example = {
        "type": f"urn:calendar:problem:{kind}",
        "title": kind.replace("-", " ").capitalize(),
        "status": status,
        "detail": detail,
        "instance": "/v1/events",
        "request_id": "6f0c2f7a9b8e4d0f8a55d1c5a7a1f0be",
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
    _problem(
        422,
        "Something in the request breaks a rule; `errors` names each field",
        "body.title: String should have at most 255 characters",
        kind="invalid-request",
        model="FieldsProblem",
        errors=[_TITLE_TOO_LONG],
    )
    | _problem(
        500,
        "A fault of the API",
        "This is our fault, and it is in the log.",
        kind="internal-server-error",
    )
    | _problem(
        503,
        "The database is away or too slow, or too many requests are under way",
        "The database is away or too slow; try again.",
        kind="service-unavailable",
        headers={"Retry-After": _header("Seconds to wait.", pattern="^[0-9]+$")},
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

CONFLICT: Final = _problem(
    409,
    "An event with this ID exists with other content",
    f"Stored already, with other content: {schemas.EXAMPLE_ID}. Nothing was changed.",
    kind="event-exists",
)

MATCHED: Final = NOT_FOUND | _problem(
    412,
    "`If-Match` does not match the event's `ETag`; for a change, also: `If-None-Match` does",
    f"The event's ETag is {schemas.EXAMPLE_ETAG}: it is not in If-Match.",
    kind="version-mismatch",
    headers={"ETag": _header("The event's current one.", examples=[schemas.EXAMPLE_ETAG])},
)

_LINKS = {
    operation: {
        "operationId": operation,
        "description": "With the ID of the event, in the same user's name.",
        "parameters": {
            "event_id": "$response.body#/id",
            "header.X-User-Id": "$request.header.X-User-Id",
        },
    }
    for operation in ("get_event", "replace_event", "change_event", "delete_event")
}

CREATED: Final[Responses] = {
    200: {
        "model": schemas.EventOut,
        "description": "Stored before, with the same content",
        "headers": _LOCATION,
        "links": _LINKS,
    },
    201: {"description": "Created", "headers": _LOCATION, "links": _LINKS},
}

BATCH_CREATED: Final[Responses] = {
    200: {
        "model": schemas.EventBatch,
        "description": "All stored before, with the same content",
        "headers": _REQUEST_ID,
    },
    201: {"description": "Created", "headers": _REQUEST_ID},
}

EVENT: Final[Responses] = {200: {"description": "The event", "headers": _ETAG}}

NOT_MODIFIED: Final[Responses] = {
    304: {"description": "The client has the event already", "headers": _ETAG}
}

DELETED: Final[Responses] = {204: {"description": "Deleted", "headers": _REQUEST_ID}}

LISTED: Final[Responses] = {200: {"description": "One page", "headers": _REQUEST_ID}}
