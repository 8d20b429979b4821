"""The published OpenAPI document: what FastAPI makes of the endpoints, completed.

`python -m calendar_storer.web.openapi` prints the document. It is committed as
`static/openapi.json`, and served from there.
"""

import json
import sys
from typing import Any, Final

from calendar_storer import __version__
from calendar_storer.inbox.endpoints import router as inbox
from calendar_storer.inbox.examples import COMPONENTS, EXAMPLE_CURSOR, EXAMPLE_ID
from calendar_storer.streams.endpoints import router as streams
from calendar_storer.web.document import build

DESCRIPTION: Final = """
Serves the notifications of calendar events: one for each reminder, from when it is due.

**User.** Each request names its user in the header `X-User-Id`, or in the query parameter
`user_id` for clients that cannot set headers: 1 to 128 letters, digits and `._@:+-`. One of the
two is required; if both are given, they must be equal. There is no login: the API trusts its
caller. A user sees only their own notifications; another user's answers 404, like one that does not
exist.

**Order.** Notifications are listed in the order of arrival. A cursor is a position in it: whatever
arrives later comes after it, however many servers store notifications at the same time. It is
opaque, does not expire, and is good for every list of this API.

**Times** are RFC 3339 date-times in UTC, with microseconds.

**Errors** are problem details (RFC 9457). Unknown parameters are errors. A path that does not exist
is 404, a wrong method 405 with `Allow`, malformed HTTP 400. 503 has `Retry-After`. Every response
has `X-Request-Id`. Each `GET` also answers `HEAD`.

**Compatibility.** Later versions of `/v1` may add members to responses: ignore unknown ones.
"""

TAGS: Final = [
    {"name": "notifications", "description": "Read, follow and acknowledge notifications."}
]

EXAMPLES: Final = {
    "notification_id": EXAMPLE_ID,
    "after": EXAMPLE_CURSOR,
    "Last-Event-ID": EXAMPLE_CURSOR,
    "unacknowledged": True,
    "limit": 100,
}
"""An example of each parameter whose type has none."""


def document() -> dict[str, Any]:
    """The OpenAPI document of the Storer."""
    return build(
        title="Calendar notifications",
        version=__version__,
        summary="Notifications of events that are about to start",
        description=DESCRIPTION.strip(),
        routes=[*inbox.routes, *streams.routes],
        tags=TAGS,
        examples=COMPONENTS,
        parameter_examples=EXAMPLES,
    )


if __name__ == "__main__":
    sys.stdout.write(json.dumps(document(), indent=2, ensure_ascii=False) + "\n")
