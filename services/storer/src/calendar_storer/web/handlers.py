"""The problem for each error that an endpoint may raise."""

from http import HTTPStatus
from typing import Final

from fastapi import Request, Response

from calendar_storer.errors import NotificationNotFound, StreamRefused
from calendar_storer.web import problems
from calendar_storer.web.problems import Handler, problem, refusal


async def _stream_refused(request: Request, error: StreamRefused) -> Response:
    return problem(request.scope, HTTPStatus.SERVICE_UNAVAILABLE, str(error))


HANDLERS: Final[dict[int | type[Exception], Handler]] = {
    **problems.HANDLERS,
    NotificationNotFound: refusal(
        HTTPStatus.NOT_FOUND,
        "notification-not-found",
        "You have no notification with this ID.",
    ),
    StreamRefused: _stream_refused,
}
"""The problem for each error that an endpoint may raise. Any other error is a 500."""
