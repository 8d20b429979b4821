"""Parameters that calls have in common: the event, its version."""

from typing import Annotated

from fastapi import Depends, Header, Path, Request

from calendar_api.events.service import EventService
from calendar_api.occurrences.service import OccurrenceService
from calendar_api.values.types import IdempotencyKey, RecurrenceId
from calendar_api.web.conditional import Conditions
from calendar_api.web.route import ListOfLines
from calendar_api.web.values import Uuid


def _service(request: Request) -> EventService:
    service: EventService = request.state.service
    return service


def _occurrences(request: Request) -> OccurrenceService:
    service: OccurrenceService = request.state.occurrences
    return service


Events = Annotated[EventService, Depends(_service)]
Occurrences = Annotated[OccurrenceService, Depends(_occurrences)]
EventIdPath = Annotated[Uuid, Path(description="The event.")]
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
