"""The problem for each error that an endpoint may raise."""

from http import HTTPStatus
from typing import Final

from fastapi import Request, Response

from calendar_api.errors import (
    EventConflict,
    EventNotFound,
    EventNotRecurring,
    LastOccurrence,
    MemberInvalid,
    OccurrenceNotFound,
    VersionMismatch,
)
from calendar_api.web import problems
from calendar_api.web.entity_tags import etag
from calendar_api.web.problems import Handler, fields_invalid, invalid, problem, refusal


async def _member_invalid(request: Request, error: MemberInvalid) -> Response:
    return await fields_invalid(request, invalid(["body", *error.loc], error.sentence, error.code))


async def _event_conflict(request: Request, error: EventConflict) -> Response:
    ids = ", ".join(str(id_) for id_ in error.ids[:10])
    return problem(
        request.scope,
        HTTPStatus.CONFLICT,
        f"Stored already, with other content: {ids}. Nothing was changed.",
        kind="event-exists",
    )


async def _version_mismatch(request: Request, error: VersionMismatch) -> Response:
    return problem(
        request.scope,
        HTTPStatus.PRECONDITION_FAILED,
        f"The event's ETag is {etag(error.revision)}: {error.reason}.",
        kind="version-mismatch",
        headers={"ETag": etag(error.revision)},
    )


HANDLERS: Final[dict[int | type[Exception], Handler]] = {
    **problems.HANDLERS,
    MemberInvalid: _member_invalid,
    EventNotFound: refusal(
        HTTPStatus.NOT_FOUND, "event-not-found", "You have no event with this ID."
    ),
    EventNotRecurring: refusal(
        HTTPStatus.NOT_FOUND, "not-recurring", "This event does not recur: it has no occurrences."
    ),
    OccurrenceNotFound: refusal(
        HTTPStatus.NOT_FOUND,
        "occurrence-not-found",
        "The event has no such occurrence, or it is excluded.",
    ),
    LastOccurrence: refusal(
        HTTPStatus.CONFLICT,
        "last-occurrence",
        "It is the last occurrence of the event: delete the event instead.",
    ),
    EventConflict: _event_conflict,
    VersionMismatch: _version_mismatch,
}
"""The problem for each error that an endpoint may raise. Any other error is a 500."""
