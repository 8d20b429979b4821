"""The published OpenAPI document: what FastAPI makes of the endpoints, completed.

`python -m calendar_api.web.openapi` prints the document. It is committed as `static/openapi.json`,
and served from there: building it would cost each process 2 MB of memory.
"""

import json
import sys
from typing import Any, Final

from calendar_api import __version__
from calendar_api.events.endpoints import router as events
from calendar_api.events.examples import COMPONENTS, EXAMPLE_ETAG, EXAMPLE_ID
from calendar_api.listing.endpoints import router as lists
from calendar_api.occurrences.endpoints import router as occurrences
from calendar_api.web.document import build

DESCRIPTION: Final = """
Stores calendar events, lists them, and notifies their owners before they start.

**User.** Each request names its user in the header `X-User-Id`, or in the query parameter
`user_id` for clients that cannot set headers: 1 to 128 letters, digits and `._@:+-`. One of the
two is required; if both are given, they must be equal. There is no login: the API trusts its
caller. A user sees only their own events; another user's event answers 404, like one that does not
exist.

**Times** are RFC 3339 date-times with an offset in requests, and in UTC with microseconds in
responses. **Durations** are ISO 8601: weeks, days of 24 hours, hours, minutes and seconds, such as
`PT45M` or `P1DT12H`; years and months are refused. No string may contain the NUL character.

**Lists** contain what *overlaps* the half-open window `[from, to)`: `starts_at < to` and
(`ends_at > from` or `starts_at >= from`), ordered by `starts_at`, then `id`, then `recurrence_id`.
Of a series they contain the occurrences: its document with the times of each, and `recurrence_id`;
with `expand=false`, each series once, by its own start. An event that lasts all day is in the lists
of its dates whatever `tz` is, ordered by their midnight in `tz`; in a range it is from `starts_at`
to `ends_at`. A page ends after `limit` items, or earlier if they are long (4 MiB in all). Follow
`next_cursor` until it is `null`; a page that is shorter than `limit` need not be the last one.

**Reminders** become due at `starts_at - notify_before`. Each is sent exactly once: at once if it
is due already and the event has not started, never if the event had started when it was written. A
new start or lead time moves it; a deleted event, or one without `notify_before`, sends none. An
event that is deleted and created again with the same ID, start and lead time is not notified twice.

**Retention.** Events are deleted one year after their end.

**Retries.** A create can be repeated with the same `id`, or without one and with the same
`Idempotency-Key`. An event can be sent back as it was received; members that only the server sets
are ignored. A write that changes nothing leaves `version`, `updated_at` and `ETag` as they are. A
split can be repeated with the same `Idempotency-Key`.

**Conditional requests** follow RFC 9110. An `ETag` is opaque, names one state of an event, and is
not used again, not even after the event was deleted. Send it as `If-Match` to change the event only
in that state (412 otherwise), or as `If-None-Match` to read it only in another one (304 otherwise).
Each `GET` also answers `HEAD`.

**Errors** are problem details (RFC 9457). Unknown members and parameters are errors. A path that
does not exist is 404, a wrong method 405 with `Allow`, malformed HTTP 400. A 422 lists at most 100
errors; its `detail` says if there are more. 503 has `Retry-After`. Every response has
`X-Request-Id`.

**Compatibility.** Later versions of `/v1` may add members to responses: ignore unknown ones.
"""

TAGS: Final = [
    {"name": "events", "description": "Create, read, change and delete events."},
    {"name": "occurrences", "description": "Single occurrences of a series, and what follows one."},
    {"name": "lists", "description": "Events of a day, a week, a month or any range."},
]

EXAMPLES: Final = {
    "event_id": EXAMPLE_ID,
    "date": "2026-11-23",
    "start": "2026-11-23",
    "from": "2026-11-23T00:00:00Z",
    "to": "2026-11-24T00:00:00Z",
    "expand": True,
    "limit": 100,
    "cursor": "AAZEPxG0gAABmqD1fB57fo0KPx88H5sRqd8kN1s2aHc",
    "If-Match": EXAMPLE_ETAG,
    "If-None-Match": EXAMPLE_ETAG,
    "Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324",
}
"""An example of each parameter whose type has none."""


def document() -> dict[str, Any]:
    """The OpenAPI document of the API."""
    return build(
        title="Calendar",
        version=__version__,
        summary="Events, and notifications before them",
        description=DESCRIPTION.strip(),
        routes=[*events.routes, *occurrences.routes, *lists.routes],
        tags=TAGS,
        examples=COMPONENTS,
        parameter_examples=EXAMPLES,
    )


if __name__ == "__main__":
    sys.stdout.write(json.dumps(document(), indent=2, ensure_ascii=False) + "\n")
