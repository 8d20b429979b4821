"""Errors in an OpenAPI document: their schemas, and the responses that every call may have."""

from typing import Any, Final, Literal

from pydantic import BaseModel, Field

from calendar_storer.web.problems import MAX_ERRORS, MEDIA_TYPE

Responses = dict[int | str, dict[str, Any]]

EXAMPLE_REQUEST_ID: Final = "6f0c2f7a9b8e4d0f8a55d1c5a7a1f0be"


class Problem(BaseModel):
    """An error (RFC 9457). Later versions may add members: ignore unknown ones."""

    type: str = Field(
        description="The kind of problem.", json_schema_extra={"format": "uri-reference"}
    )
    title: str = Field(description="The kind of problem, for people.")
    status: int = Field(ge=400, le=599)
    detail: str = Field(description="What is wrong with this request.")
    instance: str = Field(description="The path of the request, its first 200 characters.")
    request_id: str = Field(description="Also in `X-Request-Id` and in the service's log.")


class FieldError(BaseModel):
    """What is wrong with one field."""

    loc: list[str | int] = Field(
        description="The path to the field: `body`, `query`, `path` or `header`, then names and "
        "indexes.",
        examples=[["query", "limit"]],
    )
    msg: str = Field(description="The rule that the field breaks, for people.")
    type: str = Field(description="The rule, for programs.")


class FieldsProblem(Problem):
    """An error that names the fields it is about."""

    errors: list[FieldError] = Field(
        max_length=MAX_ERRORS, description="`detail` says if there are more."
    )


def header(description: str, example: str, **schema: Any) -> dict[str, Any]:
    """A header of a response."""
    schema = {"type": "string", **schema}
    return {"description": description, "schema": schema, "example": example}


REQUEST_ID: Final = {
    "X-Request-Id": header("The ID of this request in the service's log.", EXAMPLE_REQUEST_ID)
}


def problem_response(
    path: str,
    status: int | Literal["default"],
    description: str,
    detail: str,
    *,
    kind: str,
    model: str = "Problem",
    headers: dict[str, Any] | None = None,
    **members: Any,
) -> Responses:
    """A response with a problem, and an example of it for the call at `path`."""
    example = {
        "type": f"urn:calendar:problem:{kind}",
        "title": kind.replace("-", " ").capitalize(),
        "status": 500 if status == "default" else status,
        "detail": detail,
        "instance": path,
        "request_id": EXAMPLE_REQUEST_ID,
        **members,
    }
    content = {"schema": {"$ref": f"#/components/schemas/{model}"}, "example": example}
    return {
        status: {
            "description": description,
            "headers": REQUEST_ID | (headers or {}),
            "content": {MEDIA_TYPE: content},
        }
    }


def of_any_call(path: str, *, loc: list[str], msg: str, type_: str) -> Responses:
    """The problems that every call may have; the example of an invalid field is the one given."""
    internal = "This is our fault, and it is in the log."
    return (
        problem_response(
            path, 400, "Malformed HTTP", "Invalid HTTP request received.", kind="bad-request"
        )
        | problem_response(
            path,
            422,
            "Something in the request breaks a rule; `errors` names each field",
            f"{'.'.join(loc)}: {msg}",
            kind="invalid-request",
            model="FieldsProblem",
            errors=[{"loc": loc, "msg": msg, "type": type_}],
        )
        | problem_response(
            path, 500, "An error of the service", internal, kind="internal-server-error"
        )
        | problem_response(
            path,
            503,
            "The database is away or too slow, or too many requests are in progress",
            "The database is away or too slow; try again.",
            kind="service-unavailable",
            headers={"Retry-After": header("Seconds to wait.", "1", pattern="^[0-9]+$")},
        )
        | problem_response(
            path, "default", "Any other error", internal, kind="internal-server-error"
        )
    )
