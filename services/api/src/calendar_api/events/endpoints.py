"""The endpoints of single events and batches."""

from http import HTTPStatus
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Body, Query, Response
from pydantic import ValidationError

from calendar_api.events import examples, schemas
from calendar_api.events.batch_reader import read_batch
from calendar_api.events.models import EventFields, EventKey, StoredEvent, new_event_id
from calendar_api.events.patching import patched
from calendar_api.events.writing import CreateResult
from calendar_api.occurrences.schemas import FromQuery
from calendar_api.web import responses
from calendar_api.web.conditional import Conditions
from calendar_api.web.entity_tags import etag
from calendar_api.web.parameters import (
    EventIdPath,
    Events,
    Idempotency,
    NoIdempotency,
    Occurrences,
    Preconditions,
)
from calendar_api.web.problems import FieldsInvalid, invalid
from calendar_api.web.route import JSON, MERGE_PATCH, EndpointRoute, ParsedBy
from calendar_api.web.user import OnlyUser, User

ONE_EVENT: Final = "/{event_id}"

router = APIRouter(
    prefix="/v1/events", tags=["events"], route_class=EndpointRoute, responses=responses.ANY_CALL
)


@router.post(
    "",
    operation_id="createEvent",
    summary="Create an event",
    status_code=HTTPStatus.CREATED,
    response_model=schemas.EventOut,
    responses=responses.CREATED | responses.CONFLICT | responses.WITH_BODY,
)
async def create_event(
    user: User,
    _query: OnlyUser,
    event: Annotated[schemas.EventIn, Body(openapi_examples=examples.NEW_EVENTS)],
    events: Events,
    idempotency_key: Idempotency = None,
) -> Response:
    """Safe to repeat with the same `id`, or without `id` and with the same `Idempotency-Key`.

    The answer is 200 if the content is the same, 409 if not.
    """
    id_ = event.id or new_event_id(user, idempotency_key)
    created = await events.create(user, {id_: event.to_fields()})
    return created_response(created, id_)


@router.post(
    "/batch",
    operation_id="createEvents",
    summary="Create up to 1,000 events, all or none",
    status_code=HTTPStatus.CREATED,
    response_model=schemas.EventBatch,
    responses=responses.BATCH_CREATED | responses.CONFLICT | responses.WITH_BODY,
)
async def create_events(
    user: User,
    _query: OnlyUser,
    batch: Annotated[schemas.EventBatchIn, ParsedBy(read_batch)],
    events: Events,
    idempotency_key: NoIdempotency = None,
) -> Response:
    """Safe to repeat with the same IDs, as for a single event. `Idempotency-Key` is an error."""
    if idempotency_key is not None:
        raise invalid(
            ["header", "Idempotency-Key"],
            "is for single events: set the id of each event instead",
            "unsupported",
        )
    new = dict[UUID, EventFields]()
    for index, event in enumerate(batch.events):
        id_ = event.id or new_event_id(user)
        if id_ in new:
            raise invalid(["body", "events", index, "id"], "is in the batch twice", "repeated")
        new[id_] = event.to_fields()
    created = await events.create(user, new)
    items = b",".join(stored.document for stored in created.events)
    status = HTTPStatus.CREATED if created.is_new else HTTPStatus.OK
    return Response(b'{"items":[%b]}' % items, status, media_type=JSON)


@router.get(
    ONE_EVENT,
    operation_id="getEvent",
    summary="Get an event",
    response_model=schemas.EventOut,
    responses=responses.EVENT | responses.NOT_MODIFIED | responses.MATCHED,
)
async def get_event(
    user: User,
    event_id: EventIdPath,
    _query: OnlyUser,
    events: Events,
    conditions: Preconditions,
) -> Response:
    """The event, or 304 if the client has it already."""
    stored = await events.get(EventKey(user, event_id))
    return read_response(stored, conditions)


@router.put(
    ONE_EVENT,
    operation_id="replaceEvent",
    summary="Replace an event",
    response_model=schemas.EventOut,
    responses=responses.EVENT | responses.MATCHED | responses.WITH_BODY,
)
async def replace_event(
    user: User,
    event_id: EventIdPath,
    _query: OnlyUser,
    event: Annotated[schemas.EventIn, Body(openapi_examples=examples.NEW_EVENTS)],
    events: Events,
    conditions: Preconditions,
) -> Response:
    """Never creates an event. Optional members that are absent are cleared.

    Takes an event as `GET` returns it. If nothing changes, `version`, `updated_at` and `ETag` stay.
    """
    _require_same_id(event, event_id)
    key = EventKey(user, event_id)
    return event_response(
        await events.change(key, event.to_fields, precondition=conditions.require)
    )


@router.patch(
    ONE_EVENT,
    operation_id="changeEvent",
    summary="Change some fields of an event",
    response_model=schemas.EventOut,
    responses=responses.EVENT | responses.MATCHED | responses.WITH_BODY,
)
async def change_event(
    user: User,
    event_id: EventIdPath,
    _query: OnlyUser,
    patch: Annotated[
        schemas.EventPatch, Body(media_type=MERGE_PATCH, openapi_examples=examples.EVENT_PATCHES)
    ],
    events: Events,
    conditions: Preconditions,
) -> Response:
    """A JSON merge patch (RFC 7396): absent members do not change, `null` clears optional ones.

    If nothing changes, `version`, `updated_at` and `ETag` stay.
    """
    _require_same_id(patch, event_id)

    def merged(current: EventFields) -> EventFields:
        try:
            return patched(current, patch)
        except ValidationError as error:
            raise FieldsInvalid.of(error, "body") from None

    key = EventKey(user, event_id)
    return event_response(await events.change(key, merged, precondition=conditions.require))


@router.delete(
    ONE_EVENT,
    operation_id="deleteEvent",
    summary="Delete an event",
    status_code=HTTPStatus.NO_CONTENT,
    responses=responses.DELETED | responses.MATCHED_OCCURRENCE,
)
async def delete_event(
    *,
    user: User,
    event_id: EventIdPath,
    query: Annotated[FromQuery, Query()],
    events: Events,
    occurrences: Occurrences,
    conditions: Preconditions,
) -> Response:
    """Its notifications that are not sent yet are cancelled.

    With `from`: only this occurrence and those that follow it.
    """
    key = EventKey(user, event_id)
    if query.from_ is None:
        await events.delete(key, precondition=conditions.require)
    else:
        await occurrences.delete_from(key, query.from_, precondition=conditions.require)
    return Response(None, HTTPStatus.NO_CONTENT)


def _require_same_id(body: schemas.EventIn | schemas.EventPatch, event_id: UUID) -> None:
    if body.id not in {None, event_id}:
        raise invalid(["body", "id"], "cannot be changed: the path names another", "immutable")


def created_response(created: CreateResult, event_id: UUID) -> Response:
    """A new event, or the stored one if the create was repeated."""
    (stored,) = created.events
    status = HTTPStatus.CREATED if created.is_new else HTTPStatus.OK
    return event_response(stored, status, {"Location": f"/v1/events/{event_id}"})


def read_response(stored: StoredEvent, conditions: Conditions) -> Response:
    """An event or an occurrence, or 304 if the client has it already."""
    if conditions.is_known(stored.revision):
        return Response(None, HTTPStatus.NOT_MODIFIED, {"ETag": etag(stored.revision)})
    return event_response(stored)


def event_response(
    stored: StoredEvent,
    status: HTTPStatus = HTTPStatus.OK,
    headers: dict[str, str] | None = None,
) -> Response:
    """An event or an occurrence, with the `ETag` of the event."""
    return Response(
        stored.document, status, {"ETag": etag(stored.revision), **(headers or {})}, JSON
    )
