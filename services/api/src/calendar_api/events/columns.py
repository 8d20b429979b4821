"""An event in SQL: its columns and its JSON. They follow from `EventFields`."""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from datetime import datetime, timedelta
from typing import Any, Final, get_type_hints

from calendar_api.events.models import FIELDS, EventFields

_TYPES: Final[Mapping[Any, str]] = {
    str: "text",
    str | None: "text",
    bool | None: "boolean",
    datetime: "timestamptz",
    timedelta | None: "interval",
}

COLUMNS: Final = ", ".join(FIELDS)

TYPES: Final = [_TYPES[get_type_hints(EventFields)[name]] for name in FIELDS]
"""The PostgreSQL type of each column."""


def _utc(column: str) -> str:
    """SQL for a time as the API writes it: in UTC, with microseconds where there are any."""
    text = f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
    return f"replace({text}, '.000000Z', 'Z') AS {column}"


MEMBERS: Final = f"""
    id, user_id, title, description, {_utc("starts_at")}, {_utc("ends_at")},
    ends_at - starts_at AS duration, notify_before, version,
    {_utc("created_at")}, {_utc("updated_at")}
"""
"""The members of every event's JSON, in order. PostgreSQL writes it, for all responses alike.

Relies on the session's `intervalstyle` for the two durations.
"""

_OPTIONAL: Final = [field.name for field in fields(EventFields) if field.default is not MISSING]
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
