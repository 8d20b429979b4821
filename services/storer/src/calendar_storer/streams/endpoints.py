"""The endpoint of streams."""

from collections.abc import AsyncIterator
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from calendar_storer.errors import CursorInvalid
from calendar_storer.inbox import cursors
from calendar_storer.streams.stream import Stream, Streams
from calendar_storer.web import responses
from calendar_storer.web.problems import invalid
from calendar_storer.web.route import EndpointRoute, ListOfLines
from calendar_storer.web.user import OnlyUser, User

PATH: Final = "/v1/notifications/stream"

# nginx, and gateways made of it, pass on each event at once.
HEADERS: Final = {"X-Accel-Buffering": "no"}


class EventStream(StreamingResponse):
    """Sends a stream until it ends, or the client does."""

    media_type = "text/event-stream"

    def __init__(self, stream: Stream, scope: Scope) -> None:
        super().__init__(_blocks(stream, scope), headers=HEADERS)
        self._subscription = stream.subscription

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        with self._subscription:
            await super().__call__(scope, receive, send)


async def _blocks(stream: Stream, scope: Scope) -> AsyncIterator[bytes]:
    # The head of the response is sent, so the scope has the client's own method (web/head.py).
    if scope["method"] != "HEAD":
        async for block in stream.blocks():
            yield block


def _service(request: Request) -> Streams:
    service: Streams = request.state.streams
    return service


LastEventId = Annotated[
    str | None,
    ListOfLines(),
    Header(
        alias="Last-Event-ID",
        description="The `id` of the last event that the client has, or a `next_cursor`: the stream"
        " starts after it. Without it, it starts now.",
    ),
]

router = APIRouter(tags=["notifications"], route_class=EndpointRoute, responses=responses.ANY_CALL)


@router.get(
    PATH,
    operation_id="streamNotifications",
    summary="Follow notifications as they arrive",
    response_class=StreamingResponse,
    responses=responses.STREAM,
)
async def stream_notifications(
    request: Request,
    user: User,
    _query: OnlyUser,
    streams: Annotated[Streams, Depends(_service)],
    last_event_id: LastEventId = None,
) -> EventStream:
    """Server-sent events, one for each notification, in the order of arrival.

    The first block has no data: it says from where to resume, and after how many milliseconds. A
    comment comes every 15 seconds. When the stream ends, connect again with `Last-Event-ID`, as
    `EventSource` does: no notification is missed, and none comes twice.
    """
    try:
        after = cursors.decode(last_event_id) if last_event_id else None
    except CursorInvalid:
        raise invalid(
            ["header", "Last-Event-ID"], "is not a cursor that this API gave out", "cursor"
        ) from None
    return EventStream(await streams.open(user, after), request.scope)
