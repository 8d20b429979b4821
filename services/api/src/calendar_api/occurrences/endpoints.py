"""The endpoints of single occurrences, and of "this and following"."""

from http import HTTPStatus
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Body, Header, Response
from pydantic import ValidationError

from calendar_api.errors import MemberInvalid
from calendar_api.events import examples
from calendar_api.events.endpoints import (
    ONE_EVENT,
    created_response,
    event_response,
    read_response,
)
from calendar_api.events.models import EventFields, EventKey, new_event_id
from calendar_api.events.patching import patched
from calendar_api.events.schemas import EventOut
from calendar_api.occurrences.patching import patched_occurrence
from calendar_api.occurrences.repository import Split
from calendar_api.occurrences.schemas import OccurrencePatch, SplitIn
from calendar_api.recurrence.wall_time import LocalTime
from calendar_api.values.types import IdempotencyKey
from calendar_api.web import responses
from calendar_api.web.parameters import (
    EventIdPath,
    Occurrences,
    Preconditions,
    RecurrenceIdPath,
)
from calendar_api.web.problems import FieldsInvalid, invalid
from calendar_api.web.route import MERGE_PATCH, EndpointRoute, ListOfLines
from calendar_api.web.user import OnlyUser, User

ONE_OCCURRENCE: Final = f"{ONE_EVENT}/occurrences/{{recurrence_id}}"

SplitIdempotency = Annotated[
    IdempotencyKey | None,
    ListOfLines(),
    Header(
        alias="Idempotency-Key",
        description="Makes a split safe to repeat: the `id` of the new series follows from user, "
        "event, `at` and key. 1 to 255 visible ASCII characters, or a string in double quotes.",
    ),
]

router = APIRouter(
    prefix="/v1/events",
    tags=["occurrences"],
    route_class=EndpointRoute,
    responses=responses.ANY_CALL,
)


@router.get(
    ONE_OCCURRENCE,
    operation_id="getOccurrence",
    summary="Get an occurrence",
    response_model=EventOut,
    responses=responses.OCCURRENCE | responses.NOT_MODIFIED | responses.MATCHED_OCCURRENCE,
)
async def get_occurrence(
    *,
    user: User,
    event_id: EventIdPath,
    recurrence_id: RecurrenceIdPath,
    _query: OnlyUser,
    occurrences: Occurrences,
    conditions: Preconditions,
) -> Response:
    """The series with the occurrence's own members. `ETag` is that of the series."""
    stored = await occurrences.get(EventKey(user, event_id), recurrence_id)
    return read_response(stored, conditions)


@router.patch(
    ONE_OCCURRENCE,
    operation_id="changeOccurrence",
    summary="Change an occurrence",
    response_model=EventOut,
    responses=responses.OCCURRENCE | responses.MATCHED_OCCURRENCE | responses.WITH_BODY,
)
async def change_occurrence(
    *,
    user: User,
    event_id: EventIdPath,
    recurrence_id: RecurrenceIdPath,
    _query: OnlyUser,
    patch: Annotated[
        OccurrencePatch, Body(media_type=MERGE_PATCH, openapi_examples=examples.OCCURRENCE_PATCHES)
    ],
    occurrences: Occurrences,
    conditions: Preconditions,
) -> Response:
    """A JSON merge patch (RFC 7396) of this occurrence alone: `null` returns to the series.

    Members of the series that it cannot have for itself are ignored. If nothing changes, `version`,
    `updated_at` and `ETag` of the series stay.
    """
    _require_same("id", patch.id, event_id)
    _require_same("recurrence_id", patch.recurrence_id, recurrence_id)

    key = EventKey(user, event_id)
    stored = await occurrences.change(
        key,
        recurrence_id,
        lambda series: patched_occurrence(series, recurrence_id, patch),
        precondition=conditions.require,
    )
    return event_response(stored)


@router.delete(
    ONE_OCCURRENCE,
    operation_id="deleteOccurrence",
    summary="Delete an occurrence",
    status_code=HTTPStatus.NO_CONTENT,
    responses=responses.DELETED | responses.MATCHED_OCCURRENCE | responses.LAST_OCCURRENCE,
)
async def delete_occurrence(
    *,
    user: User,
    event_id: EventIdPath,
    recurrence_id: RecurrenceIdPath,
    _query: OnlyUser,
    occurrences: Occurrences,
    conditions: Preconditions,
) -> Response:
    """Excludes it from the series. Its notifications that are not sent yet are cancelled."""
    key = EventKey(user, event_id)
    try:
        await occurrences.exclude(key, recurrence_id, precondition=conditions.require)
    except MemberInvalid as error:
        raise invalid(["path", "recurrence_id"], error.sentence, error.code) from None
    return Response(None, HTTPStatus.NO_CONTENT)


@router.post(
    f"{ONE_EVENT}/split",
    operation_id="splitSeries",
    summary="Split a series: change this occurrence and all that follow",
    status_code=HTTPStatus.CREATED,
    response_model=EventOut,
    responses=responses.SPLIT
    | responses.MATCHED_OCCURRENCE
    | responses.CONFLICT
    | responses.WITH_BODY,
)
async def split_series(
    *,
    user: User,
    event_id: EventIdPath,
    _query: OnlyUser,
    split: Annotated[SplitIn, Body(openapi_examples=examples.SPLITS)],
    occurrences: Occurrences,
    conditions: Preconditions,
    idempotency_key: SplitIdempotency = None,
) -> Response:
    """Ends the series before `at`, and makes a new one that starts there, with the changes.

    Changed, excluded and additional occurrences from there on go along by date. What has been
    notified already is not notified again unless its start or lead time is a new one.
    """
    _require_same("changes.id", split.changes.id, event_id)

    def changed(series: EventFields) -> EventFields:
        try:
            return patched(series, split.changes)
        except ValidationError as error:
            raise FieldsInvalid.of(error, "body", "changes") from None

    id_ = new_event_id(
        user, idempotency_key and f"{idempotency_key}\n{event_id}\n{split.at.isoformat()}"
    )
    created = await occurrences.split(
        EventKey(user, event_id),
        Split(at=split.at, new=EventKey(user, id_), change=changed),
        precondition=conditions.require,
    )
    return created_response(created, id_)


def _require_same(member: str, said: UUID | LocalTime | None, path: UUID | LocalTime) -> None:
    if said not in {None, path}:
        loc = ["body", *member.split(".")]
        raise invalid(loc, "cannot be changed: the path names another", "immutable")
