"""The responses in the OpenAPI document: status codes, headers, an example of each problem."""

from typing import Final

from calendar_storer.inbox.examples import EXAMPLE_STREAM, references
from calendar_storer.web.problem_responses import (
    REQUEST_ID,
    Responses,
    of_any_call,
    problem_response,
)

_PATH: Final = "/v1/notifications"

ANY_CALL: Final = of_any_call(
    _PATH, loc=["query", "limit"], msg="must be a whole number from 1 to 1000", type_="limit"
)

LISTED: Final[Responses] = {
    200: {
        "description": "One page",
        "headers": REQUEST_ID,
        "content": {"application/json": {"examples": references("TwoNotifications", "NothingNew")}},
    }
}

ACKNOWLEDGED: Final[Responses] = {
    200: {
        "description": "Acknowledged, now or before",
        "headers": REQUEST_ID,
        "content": {"application/json": {"examples": references("Acknowledged")}},
    }
}

NOT_FOUND: Final = problem_response(
    _PATH,
    404,
    "The user has no such notification",
    "You have no notification with this ID.",
    kind="notification-not-found",
)

STREAM: Final[Responses] = {
    200: {
        "description": "Events, until the client or the service ends the stream",
        "headers": REQUEST_ID,
        "content": {"text/event-stream": {"schema": {"type": "string"}, "example": EXAMPLE_STREAM}},
    }
}
