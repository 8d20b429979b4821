"""Event documents: building what is sent, reading a scenario's tables, comparing with answers."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from calendar_features import spans

Document = dict[str, Any]
"""A JSON object: an event as it is sent or answered."""

Table = Sequence[Sequence[str]]

ABSENT: Final = "absent"
"""What a scenario writes for a field that is left out."""

INSTANTS: Final = frozenset({"starts_at", "ends_at", "created_at", "updated_at"})
LENGTHS: Final = frozenset({"duration", "notify_before"})


def an_event(**changes: Any) -> Document:
    """An event that the API accepts, with these changes.

    It lies in a future so far away that no reminder falls due and no clean-up takes it.
    """
    event = {"title": "Dentist", "starts_at": "2044-11-23T10:00:00Z", "duration": "PT45M"}
    if "ends_at" in changes:
        del event["duration"]
    return event | changes


def of_rows(table: Table) -> Document:
    """The document of a table of two columns, field and value; `null` is JSON's."""
    return {field: _value(text) for field, text in table}


def of_columns(table: Table) -> list[Document]:
    """The documents of a table with a head line, one a row."""
    fields, *rows = table
    return [of_rows(list(zip(fields, row, strict=True))) for row in rows]


def with_json(event: Mapping[str, Any], field: str, text: str) -> Document:
    """The event with a field as this JSON text says, or without it where the text is `absent`."""
    others = {name: value for name, value in event.items() if name != field}
    return others if text == ABSENT else others | {field: json.loads(text)}


def instant(text: str) -> datetime:
    """The point in time that the API writes: in UTC, with `Z`."""
    assert text.endswith("Z"), f"{text!r} is not in UTC with a Z"
    return datetime.fromisoformat(text)


def at(moment: datetime) -> str:
    """The moment as RFC 3339 writes it."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def check(answered: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    """Asserts that an answered event has what is expected, in whatever way times are written.

    A field that is expected to be `ABSENT` must be left out.
    """
    assert {field: _comparable(field, answered.get(field, ABSENT)) for field in expected} == {
        field: _comparable(field, value) for field, value in expected.items()
    }


def check_row(row: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    """Asserts that a row of the database has what is expected."""
    assert {field: row[field] for field in expected} == {
        field: _comparable(field, value) for field, value in expected.items()
    }


def _comparable(field: str, value: Any) -> Any:
    if value is None:
        return None
    if field in INSTANTS:
        return instant(value)
    if field in LENGTHS:
        return spans.of_iso(value)
    return int(value) if field == "version" else value


def _value(text: str) -> str | None:
    return None if text == "null" else text
