"""Parameters that calls have in common: the user, the event, its version."""

from typing import Annotated

from fastapi import Depends, Header, Path, Request
from fastapi import Query as QueryParameters
from pydantic import Field

from calendar_api.events.schemas import Input
from calendar_api.events.service import EventService
from calendar_api.occurrences.service import OccurrenceService
from calendar_api.values.types import EventId, IdempotencyKey, RecurrenceId, UserId
from calendar_api.web.conditional import Conditions
from calendar_api.web.problems import invalid
from calendar_api.web.route import ListOfLines


class Query(Input):
    """The query parameters of every call. An unknown parameter is an error."""

    user_id: UserId | None = Field(
        default=None,
        description="Whose events: for clients that cannot set the header `X-User-Id`.",
    )


def _user(
    request: Request,
    x_user_id: Annotated[
        UserId | None,
        Header(alias="X-User-Id", description="Whose events."),
    ] = None,
) -> str:
    users = {*request.headers.getlist("x-user-id"), *request.query_params.getlist("user_id")}
    if len(users) > 1:
        raise invalid(["header", "X-User-Id"], "is not the same user everywhere", "user_conflict")
    if not users:
        raise invalid(["header", "X-User-Id"], "is required, or the parameter user_id", "missing")
    return x_user_id or users.pop()


def _service(request: Request) -> EventService:
    service: EventService = request.state.service
    return service


def _occurrences(request: Request) -> OccurrenceService:
    service: OccurrenceService = request.state.occurrences
    return service


User = Annotated[str, Depends(_user)]
Events = Annotated[EventService, Depends(_service)]
OnlyUser = Annotated[Query, QueryParameters()]
Occurrences = Annotated[OccurrenceService, Depends(_occurrences)]
EventIdPath = Annotated[EventId, Path(description="The event.")]
RecurrenceIdPath = Annotated[
    RecurrenceId,
    Path(description="The occurrence: its scheduled wall time, or its date if it lasts all day."),
]
IfMatch = Annotated[
    str | None,
    ListOfLines(),
    Header(
        alias="If-Match",
        description="Answer 412 unless the event's `ETag` is one of these, or `*`.",
    ),
]
IfNoneMatch = Annotated[
    str | None,
    ListOfLines(),
    Header(
        alias="If-None-Match",
        description="If the event's `ETag` is one of these, or `*`: answer 304, or 412 to a "
        "change.",
    ),
]


def _conditions(if_match: IfMatch = None, if_none_match: IfNoneMatch = None) -> Conditions:
    return Conditions(if_match, if_none_match)


Preconditions = Annotated[Conditions, Depends(_conditions)]
Idempotency = Annotated[
    IdempotencyKey | None,
    ListOfLines(),
    Header(
        alias="Idempotency-Key",
        description="Makes a create without `id` safe to repeat: the `id` follows from user and "
        "key. 1 to 255 visible ASCII characters, or a string in double quotes, where spaces and "
        "escapes count, too. Ignored if there is an `id`.",
    ),
]
NoIdempotency = Annotated[str | None, Header(alias="Idempotency-Key", include_in_schema=False)]
