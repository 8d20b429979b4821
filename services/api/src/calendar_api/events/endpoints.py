"""The endpoints of single events and batches."""

from http import HTTPStatus
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Body, Response
from pydantic import ValidationError

from calendar_api.events import schemas
from calendar_api.events.batch_reader import read_batch
from calendar_api.events.models import EventFields, EventKey, StoredEvent
from calendar_api.web import responses
from calendar_api.web.conditional import etag, if_match, if_none_match
from calendar_api.web.parameters import EventIdPath, Events, IfMatch, IfNoneMatch, OnlyUser, User
from calendar_api.web.problems import FieldsInvalid, invalid
from calendar_api.web.route import JSON, MERGE_PATCH, EndpointRoute, ParsedBy

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
    user: User, _query: OnlyUser, event: schemas.EventIn, events: Events
) -> Response:
    """Safe to repeat with the same `id`: 200 if the content is the same, 409 if not."""
    created = await events.create(user, {event.id: event.to_fields()})
    (stored,) = created.events
    status = HTTPStatus.CREATED if created.is_new else HTTPStatus.OK
    return _event(stored, status, {"Location": f"/v1/events/{event.id}"})


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
) -> Response:
    """Safe to repeat with the same IDs, as for a single event."""
    new = dict[UUID, EventFields]()
    for index, event in enumerate(batch.events):
        if event.id in new:
            raise invalid(["body", "events", index, "id"], "is in the batch twice", "repeated")
        new[event.id] = event.to_fields()
    created = await events.create(user, new)
    items = b",".join(stored.document for stored in created.events)
    status = HTTPStatus.CREATED if created.is_new else HTTPStatus.OK
    return Response(b'{"items":[%b]}' % items, status, media_type=JSON)


@router.get(
    ONE_EVENT,
    operation_id="getEvent",
    summary="Get an event",
    response_model=schemas.EventOut,
    responses=responses.EVENT | responses.NOT_MODIFIED | responses.NOT_FOUND,
)
async def get_event(
    user: User,
    event_id: EventIdPath,
    _query: OnlyUser,
    events: Events,
    known: IfNoneMatch = None,
) -> Response:
    """The event, or 304 if the client has it already."""
    stored = await events.get(EventKey(user, event_id))
    if if_none_match(known, stored.version):
        return Response(None, HTTPStatus.NOT_MODIFIED, {"ETag": etag(stored.version)})
    return _event(stored)


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
    event: schemas.EventIn,
    events: Events,
    expected: IfMatch = None,
) -> Response:
    """Never creates an event. Optional members that are absent are cleared."""
    _require_same_id(event, event_id)
    fields = event.to_fields()
    key = EventKey(user, event_id)
    return _event(await events.change(key, lambda _: fields, versions=if_match(expected)))


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
    patch: Annotated[schemas.EventPatch, Body(media_type=MERGE_PATCH)],
    events: Events,
    expected: IfMatch = None,
) -> Response:
    """A JSON merge patch (RFC 7396): absent members do not change, `null` clears optional ones."""
    _require_same_id(patch, event_id)

    def merged(current: EventFields) -> EventFields:
        try:
            return patch.applied_to(current).to_fields()
        except ValidationError as error:
            raise FieldsInvalid.of(error, "body") from None

    key = EventKey(user, event_id)
    return _event(await events.change(key, merged, versions=if_match(expected)))


@router.delete(
    ONE_EVENT,
    operation_id="deleteEvent",
    summary="Delete an event",
    status_code=HTTPStatus.NO_CONTENT,
    responses=responses.DELETED | responses.MATCHED,
)
async def delete_event(
    user: User,
    event_id: EventIdPath,
    _query: OnlyUser,
    events: Events,
    expected: IfMatch = None,
) -> Response:
    """Its notification, if not sent yet, is cancelled."""
    await events.delete(EventKey(user, event_id), versions=if_match(expected))
    return Response(None, HTTPStatus.NO_CONTENT)


def _require_same_id(body: schemas.EventIn | schemas.EventPatch, event_id: UUID) -> None:
    if "id" in body.model_fields_set and body.id != event_id:
        raise invalid(["body", "id"], "cannot be changed: the path names another", "immutable")


def _event(
    stored: StoredEvent,
    status: HTTPStatus = HTTPStatus.OK,
    headers: dict[str, str] | None = None,
) -> Response:
    return Response(
        stored.document, status, {"ETag": etag(stored.version), **(headers or {})}, JSON
    )
