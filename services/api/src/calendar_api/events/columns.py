"""An event in SQL: its columns and its JSON. They follow from `EventFields`."""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from datetime import date, datetime, timedelta
from typing import Any, Final, get_type_hints

from calendar_api.events.models import FIELDS, INTERNAL, EventFields, JsonText

_TYPES: Final[Mapping[Any, str]] = {
    str: "text",
    str | None: "text",
    bool | None: "boolean",
    date | None: "date",
    datetime: "timestamptz",
    datetime | None: "timestamptz",
    timedelta | None: "interval",
    JsonText | None: "json",
}

COLUMNS: Final = ", ".join(FIELDS)

TYPES: Final = [
    # A wall time is the one kind of time without a zone.
    "timestamp" if name == "local_start" else _TYPES[get_type_hints(EventFields)[name]]
    for name in FIELDS
]
"""The PostgreSQL type of each column."""


def _utc(column: str, name: str) -> str:
    """SQL for a time as the API writes it: in UTC, with microseconds where there are any."""
    text = f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
    return f"replace({text}, '.000000Z', 'Z') AS {name}"


_END: Final = "coalesce(first_ends_at, ends_at)"

# A negative lead has a sign for each of its parts in PostgreSQL's text.
MEMBERS: Final = f"""
    id, user_id, title, description, {_utc("starts_at", "starts_at")}, {_utc(_END, "ends_at")},
    CASE WHEN starts_on IS NULL THEN {_END} - starts_at
    ELSE make_interval(days => ends_on - starts_on) END AS duration,
    CASE WHEN notify_before < interval '0' THEN concat('-', -justify_interval(notify_before))
    ELSE notify_before::text END AS notify_before,
    version, {_utc("created_at", "created_at")}, {_utc("updated_at", "updated_at")}
"""
"""The members of every event's JSON, in order. PostgreSQL writes it, for all responses alike.

Relies on the session's `intervalstyle` for the two durations.
"""

_OPTIONAL: Final = [
    field.name
    for field in fields(EventFields)
    if field.default is not MISSING and field.metadata != INTERNAL
]
"""Members added after 1.0. They appear only where they are set, so that clients that do not know
them get the same bytes as before."""

_ADDED: Final = "".join(f""", ',"{name}":' || to_json({name})::text""" for name in _OPTIONAL)

# `concat` skips what is NULL. An event without optional members is spared it: a sixth of the time
# of a list.
JSON: Final = f"""
    CASE WHEN ROW({", ".join(_OPTIONAL)}) IS NULL THEN row_to_json(item)::text
    ELSE concat(left(row_to_json(item)::text, -1){_ADDED}, '}}') END
"""
"""The JSON of an event, where `item` are its `MEMBERS`."""

REVISION: Final = """
    concat(version, '-', to_hex((extract(epoch FROM updated_at) * 1000000)::bigint)) AS revision
"""
"""The revision of the event in scope (docs/adr/0014)."""

DOCUMENT: Final = f"(SELECT {JSON} FROM (SELECT {MEMBERS}) AS item) AS document"
"""The JSON of the event in scope."""
