"""The endpoints under /v1/notifications."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from calendar_storer.errors import CursorInvalid
from calendar_storer.inbox import schemas
from calendar_storer.inbox.service import InboxService
from calendar_storer.web import responses
from calendar_storer.web.problems import invalid
from calendar_storer.web.route import JSON, EndpointRoute
from calendar_storer.web.user import OnlyUser, User
from calendar_storer.web.values import Uuid

router = APIRouter(
    prefix="/v1/notifications",
    tags=["notifications"],
    route_class=EndpointRoute,
    responses=responses.ANY_CALL,
)


def _service(request: Request) -> InboxService:
    service: InboxService = request.state.inbox
    return service


Inbox = Annotated[InboxService, Depends(_service)]


@router.get(
    "",
    operation_id="listNotifications",
    summary="List notifications in the order of arrival",
    response_model=schemas.NotificationPage,
    responses=responses.LISTED,
)
async def list_notifications(
    user: User, query: Annotated[schemas.ListQuery, Query()], inbox: Inbox
) -> Response:
    """Following `next_cursor`, now or later, never misses a notification and repeats none."""
    try:
        page = await inbox.list(
            user, after=query.after, limit=query.limit, unacknowledged=query.unacknowledged
        )
    except CursorInvalid:
        raise invalid(
            ["query", "after"], "is not a cursor that this API gave out", "cursor"
        ) from None
    # The items are JSON already; they are not parsed again.
    body = f'{{"items":[{",".join(page.items)}],"next_cursor":"{page.next_cursor}"}}'
    return Response(body, media_type=JSON)


@router.post(
    "/{notification_id}/acknowledge",
    operation_id="acknowledgeNotification",
    summary="Acknowledge a notification",
    response_model=schemas.NotificationOut,
    responses=responses.ACKNOWLEDGED | responses.NOT_FOUND,
)
async def acknowledge_notification(
    user: User,
    notification_id: Annotated[Uuid, Path(description="The notification.")],
    _query: OnlyUser,
    inbox: Inbox,
) -> Response:
    """Safe to repeat: `acknowledged_at` stays that of the first time. The body is ignored."""
    return Response(await inbox.acknowledge(user, notification_id), media_type=JSON)
