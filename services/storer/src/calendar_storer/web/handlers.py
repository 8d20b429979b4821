"""The problem for each error that an endpoint may raise."""

from http import HTTPStatus
from typing import Final

from calendar_storer.errors import NotificationNotFound
from calendar_storer.web import problems
from calendar_storer.web.problems import Handler, refusal

HANDLERS: Final[dict[int | type[Exception], Handler]] = {
    **problems.HANDLERS,
    NotificationNotFound: refusal(
        HTTPStatus.NOT_FOUND,
        "notification-not-found",
        "You have no notification with this ID.",
    ),
}
"""The problem for each error that an endpoint may raise. Any other error is a 500."""
