"""The endpoints of the lists under /v1/events."""

from collections.abc import Callable
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Response

from calendar_api.errors import CursorInvalid, OutOfRange
from calendar_api.events.overrides import utc_text
from calendar_api.events.service import EventService
from calendar_api.listing import windows
from calendar_api.listing.models import ListKey
from calendar_api.listing.schemas import (
    DayQuery,
    EventPage,
    OccurrencesQuery,
    PageQuery,
    RangeQuery,
    StartQuery,
)
from calendar_api.listing.windows import Window
from calendar_api.web import responses
from calendar_api.web.parameters import EventIdPath, Events
from calendar_api.web.problems import invalid
from calendar_api.web.route import JSON, EndpointRoute
from calendar_api.web.user import User
from calendar_api.zones import ZoneInfo

router = APIRouter(
    prefix="/v1/events", tags=["lists"], route_class=EndpointRoute, responses=responses.ANY_CALL
)


@router.get(
    "/day",
    operation_id="listDay",
    summary="List a day",
    response_model=EventPage,
    responses=responses.LISTED,
)
async def list_day(user: User, query: Annotated[DayQuery, Query()], events: Events) -> Response:
    """The hours of one date: 24, or 23 or 25 on a day with a clock change."""
    window = _window(windows.day, query.date, query.tz, parameter="date")
    return await _page(events, ListKey(user, window, query.expand), query)


@router.get(
    "/week",
    operation_id="listWeek",
    summary="List a week",
    response_model=EventPage,
    responses=responses.LISTED,
)
async def list_week(user: User, query: Annotated[StartQuery, Query()], events: Events) -> Response:
    """Seven days from a date, which may be any weekday."""
    window = _window(windows.week, query.start, query.tz, parameter="start")
    return await _page(events, ListKey(user, window, query.expand), query)


@router.get(
    "/month",
    operation_id="listMonth",
    summary="List a month",
    response_model=EventPage,
    responses=responses.LISTED,
)
async def list_month(user: User, query: Annotated[StartQuery, Query()], events: Events) -> Response:
    """From a date to the same day of the next month, or to its last day if it is shorter."""
    window = _window(windows.month, query.start, query.tz, parameter="start")
    return await _page(events, ListKey(user, window, query.expand), query)


@router.get(
    "",
    operation_id="listRange",
    summary="List any range of up to 366 days",
    response_model=EventPage,
    responses=responses.LISTED,
)
async def list_range(user: User, query: Annotated[RangeQuery, Query()], events: Events) -> Response:
    """The events and occurrences that overlap the range `[from, to)`."""
    window = Window(query.from_, query.to)
    return await _page(events, ListKey(user, window, query.expand), query)


@router.get(
    "/{event_id}/occurrences",
    operation_id="listOccurrences",
    summary="List the occurrences of a series",
    response_model=EventPage,
    responses=responses.OCCURRENCES | responses.NO_SERIES,
)
async def list_occurrences(
    user: User,
    event_id: EventIdPath,
    query: Annotated[OccurrencesQuery, Query()],
    events: Events,
) -> Response:
    """Those that overlap the range `[from, to)`."""
    window = Window(query.from_, query.to)
    return await _page(events, ListKey(user, window, event_id=event_id), query)


def _window(
    kind: Callable[[date, ZoneInfo], Window], first: date, zone: ZoneInfo, *, parameter: str
) -> Window:
    try:
        return kind(first, zone)
    except OutOfRange as error:
        raise invalid(["query", parameter], str(error), "date_time_range") from None


async def _page(events: EventService, key: ListKey, query: PageQuery) -> Response:
    try:
        page = await events.list_overlapping(key, cursor=query.cursor, limit=query.limit)
    except CursorInvalid as error:
        raise invalid(["query", "cursor"], str(error), "cursor") from None
    # The items are JSON already; they are not parsed again.
    cursor = f'"{page.next_cursor}"' if page.next_cursor else "null"
    head = f'{{"from":"{utc_text(key.window.start)}","to":"{utc_text(key.window.end)}","items":['
    body = b"".join((head.encode(), page.items, f'],"next_cursor":{cursor}}}'.encode()))
    return Response(body, media_type=JSON)
