"""The published OpenAPI document: what FastAPI makes of the endpoints, completed.

`python -m calendar_api.web.openapi` prints the document; it is committed as `openapi.json`.
"""

import json
import sys
from typing import Any, Final

from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from calendar_api import __version__
from calendar_api.events.endpoints import router as events
from calendar_api.listing.endpoints import router as lists
from calendar_api.web.responses import FieldsProblem, Problem

DESCRIPTION: Final = """
Stores calendar events, lists them, and has their owners notified before they start.

**The user** is named in the header `X-User-Id`, or in the query parameter `user_id` for clients
that cannot set a header. There is no log-in: the API trusts its caller. A user only ever sees their
own events; somebody else's answers 404, as one that does not exist.

**Times** are RFC 3339 date-times with an offset on the way in, and UTC with microseconds on the way
out. **Durations** are ISO 8601, of weeks, days of 24 hours, hours, minutes and seconds.

**Retries.** A create can be repeated with the same `id`, or without one and with the same
`Idempotency-Key`. An event can be sent back as it was received; members that only the server sets
are ignored. A write that changes nothing leaves `version`, `updated_at` and `ETag` as they are.

**Conditional requests** follow RFC 9110. An `ETag` is opaque, names one state of an event, and is
not used again, not even after the event was deleted.

**Lists** show what *overlaps* the half-open window `[from, to)`: `starts_at < to` and
(`ends_at > from` or `starts_at >= from`), ordered by `starts_at`, then `id`. `next_cursor` leads to
the next page.

**Reminders** become due at `starts_at - notify_before`. Each is sent exactly once: at once where it
is due already and the event is still ahead, never where the event had started when it was written.
A new start or lead time moves it; a deleted event, or one without `notify_before`, sends none. An
event that is deleted and created again with the same ID, start and lead time is not notified twice.

**Errors** are problem details (RFC 9457). Unknown fields and parameters are errors, too. A path
that does not exist is 404, a wrong method 405 with `Allow`. 503 carries `Retry-After`. Every answer
has an `X-Request-Id`: the caller's, where it sent a sane one.
"""

TAGS: Final = [
    {"name": "events", "description": "Create, read, change and delete events."},
    {"name": "lists", "description": "Events of a day, a week, a month or any range."},
]


def document() -> dict[str, Any]:
    """The OpenAPI document of the API."""
    spec = get_openapi(
        title="Calendar",
        version=__version__,
        summary="Events, and notifications before them",
        description=DESCRIPTION.strip(),
        routes=[*events.routes, *lists.routes],
        tags=TAGS,
        license_info={"name": "MIT", "identifier": "MIT"},
    )
    _, problems = models_json_schema(
        [(Problem, "serialization"), (FieldsProblem, "serialization")],
        ref_template="#/components/schemas/{model}",
    )
    spec["components"]["schemas"] |= problems["$defs"]
    for path in spec["paths"].values():
        for operation in path.values():
            _remove_null(operation.get("parameters", []))
            content = operation.get("requestBody", {}).get("content", {})
            if merge_patch := content.get("application/merge-patch+json"):
                content["application/json"] = merge_patch
    return spec


def _remove_null(parameters: list[dict[str, Any]]) -> None:
    """Removes null from the types of parameters: a parameter is absent, never null."""
    for parameter in parameters:
        alternatives = parameter["schema"].pop("anyOf", None)
        if alternatives:
            parameter["schema"] |= next(a for a in alternatives if a.get("type") != "null")


if __name__ == "__main__":
    sys.stdout.write(json.dumps(document(), indent=2, ensure_ascii=False) + "\n")
