"""Contents of events as JSON documents of the API."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from calendar_faults.history import Content, Override

DURATION: Final = timedelta(minutes=30)


def document(content: Content) -> dict[str, Any]:
    """The content as a JSON document for the API."""
    fields = content.model_dump(mode="json")
    fields["starts_at"] = content.starts_at.isoformat()
    if content.recurrence:
        fields["recurrence"] = content.recurrence.model_dump(mode="json", exclude_defaults=True)
    fields["overrides"] = {
        recurrence_id.isoformat(): _override_document(each)
        for recurrence_id, each in content.overrides.items()
    }
    return {**fields, "duration": "PT30M"}


def _override_document(override: Override) -> dict[str, Any]:
    fields = override.model_dump(mode="json", exclude_none=True)
    if override.starts_at:
        fields["ends_at"] = (override.starts_at + DURATION).isoformat()
    return fields


def content_of(event: Mapping[str, Any]) -> Content:
    """The compared fields of an event of the API."""
    fields = {name: event[name] for name in Content.model_fields if name in event}
    fields["overrides"] = {
        recurrence_id: {name: each[name] for name in Override.model_fields if name in each}
        for recurrence_id, each in event.get("overrides", {}).items()
    }
    return Content.model_validate(fields)
