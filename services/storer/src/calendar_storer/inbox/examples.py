"""Examples in the OpenAPI document."""

import json
from typing import Any, Final

EXAMPLE_ID: Final = "5f0d2a52-33c8-5a2e-9b0d-1d1f0b2c7a44"
EXAMPLE_CURSOR: Final = "AAZEVl5T9AAABkRWXlP0Hl8NKlIzyFounQ0dHwssekQ"

_UNREAD: Final[dict[str, Any]] = {
    "id": EXAMPLE_ID,
    "event_id": "019aa0f5-7c1e-7b7e-8d0a-3f1f3c1f9b11",
    "title": "Dentist",
    "event_date": "2026-11-23T07:00:00Z",
    "notify_at": "2026-11-22T07:00:00Z",
    "stored_at": "2026-11-22T07:00:00.104523Z",
    "acknowledged_at": None,
}
_READ: Final = _UNREAD | {"acknowledged_at": "2026-11-22T07:02:11.845Z"}
_OF_SERIES: Final = _UNREAD | {
    "id": "c4b0f6a5-2e0d-5d4f-8a53-6f8f0f3b7e02",
    "event_id": "019aa0f5-7c1e-7b7e-8d0a-3f1f3c1f9b13",
    "title": "Choir",
    "event_date": "2026-11-25T18:30:00Z",
    "notify_at": "2026-11-24T18:30:00Z",
    "stored_at": "2026-11-24T18:30:00.087412Z",
    "recurrence_id": "2026-11-25T19:30:00",
}

COMPONENTS: Final[dict[str, dict[str, Any]]] = {
    name: {"summary": summary, "value": value}
    for name, summary, value in (
        (
            "TwoNotifications",
            "An acknowledged notification, and one of an occurrence",
            {"items": [_READ, _OF_SERIES], "next_cursor": EXAMPLE_CURSOR},
        ),
        ("NothingNew", "Nothing has arrived", {"items": [], "next_cursor": EXAMPLE_CURSOR}),
        ("Acknowledged", "An acknowledged notification", _READ),
    )
}
"""The examples that bodies refer to."""

EXAMPLE_STREAM: Final = f"""\
id: AAZEVl5T8-IABkRWXlP0AA8qcEzrSV8AlX2sbJ3hR2U
retry: 1874

data: {json.dumps(_UNREAD)}
id: {EXAMPLE_CURSOR}

: ping

"""


def references(*names: str) -> dict[str, Any]:
    """What a body's `examples` has instead of the examples themselves."""
    return {name: {"$ref": f"#/components/examples/{name}"} for name in names}
