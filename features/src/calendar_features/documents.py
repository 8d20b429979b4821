"""Event documents: building requests, reading Gherkin tables, checking responses."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from calendar_features import durations

Document = dict[str, Any]
"""A JSON object: an event in a request or a response."""

Table = Sequence[Sequence[str]]

ABSENT: Final = "absent"
"""The value that stands for a missing field in a scenario."""

INSTANTS: Final = frozenset({"starts_at", "ends_at", "created_at", "updated_at"})
DURATIONS: Final = frozenset({"duration", "notify_before"})
LISTS: Final = frozenset({"reminders", "dates", "excluded"})
"""Fields whose values are separated by commas in a scenario."""

RECURRENCE: Final = frozenset({"rule", "dates", "excluded"})
"""Fields of the object `recurrence`, which have rows of their own in a scenario."""


def an_event(**changes: Any) -> Document:
    """A valid event with these changes.

    It is so far in the future that no reminder is due and no clean-up deletes it.
    """
    if "starts_on" in changes:
        return {"title": "Holiday"} | changes
    event = {"title": "Dentist", "starts_at": "2044-11-23T10:00:00Z", "duration": "PT45M"}
    if "ends_at" in changes:
        del event["duration"]
    return event | changes


def from_rows(table: Table) -> Document:
    """Builds a document from rows of field and value.

    `null`, `true`, `false` and objects are JSON's.
    """
    values = {field: _value(field, text) for field, text in table}
    recurrence = {field: values.pop(field) for field in RECURRENCE & values.keys()}
    return values | {"recurrence": recurrence} if recurrence else values


def from_table(table: Table) -> list[Document]:
    """Builds a document from each row of a table with a header."""
    fields, *rows = table
    return [from_rows(list(zip(fields, row, strict=True))) for row in rows]


def with_field(event: Mapping[str, Any], field: str, text: str) -> Document:
    """Sets a field to a JSON value, or removes it if the text is `absent`."""
    others = {name: value for name, value in event.items() if name != field}
    return others if text == ABSENT else others | {field: json.loads(text)}


def parse_instant(text: str) -> datetime:
    """Parses an instant of a response, which must be in UTC and end in `Z`."""
    assert text.endswith("Z"), f"{text!r} does not end in Z"
    return datetime.fromisoformat(text)


def format_instant(moment: datetime) -> str:
    """Formats an instant as an RFC 3339 date-time."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def due_times(event: Mapping[str, Any]) -> set[datetime]:
    """When the reminders of an event are due; its start if it has none."""
    leads = event.get("reminders") or [event["notify_before"] or "PT0S"]
    return {parse_instant(event["starts_at"]) - durations.parse_iso(lead) for lead in leads}


def check(response: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    """Asserts that an event of a response has the expected fields; formats of times may differ.

    A field that is expected to be `ABSENT` must be left out. Of `recurrence`, the expected
    members are compared.
    """
    response, expected = dict(response), dict(expected)
    if isinstance(recurrence := expected.get("recurrence"), dict):
        response |= response.pop("recurrence", {})
        expected |= recurrence
        del expected["recurrence"]
    assert {field: _comparable(field, response.get(field, ABSENT)) for field in expected} == {
        field: _comparable(field, value) for field, value in expected.items()
    }


def check_row(row: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    """Asserts that a database row has the expected fields."""
    assert {field: row[field] for field in expected} == {
        field: _comparable(field, value) for field, value in expected.items()
    }


def _comparable(field: str, value: Any) -> Any:
    if value is None or value == ABSENT:
        return value
    if field in INSTANTS:
        return parse_instant(value)
    if field in DURATIONS:
        return durations.parse_iso(value)
    if field == "reminders":
        return sorted(map(durations.parse_iso, value))
    return int(value) if field == "version" else value


def _value(field: str, text: str) -> Any:
    if text in {"null", "true", "false", "[]"} or text.startswith("{"):
        return json.loads(text)
    return text.split(", ") if field in LISTS and text != ABSENT else text
