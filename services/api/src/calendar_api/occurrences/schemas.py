"""The request bodies and parameters of single occurrences."""

from typing import Any

from pydantic import Field

from calendar_api.events.schemas import EventPatch, OverrideIn, ReadOnly
from calendar_api.values.types import RecurrenceId, Zone
from calendar_api.web.user import Query
from calendar_api.web.values import Input, Uuid


class OccurrencePatch(OverrideIn):
    """A JSON merge patch (RFC 7396) of an occurrence: absent members do not change.

    `null` returns a member to what the series says. Takes an occurrence as `GET` returns it.
    """

    id: Uuid | None = Field(default=None, description="Cannot be changed, only repeated.")
    recurrence_id: RecurrenceId | None = Field(
        default=None, description="Cannot be changed, only repeated."
    )
    time_zone: Zone | None = Field(
        default=None, description="That of the series: cannot be changed, only repeated."
    )
    recurrence: dict[str, Any] | None = Field(
        default=None, description="That of the series: cannot be changed, only repeated."
    )
    # They change with every change of an occurrence, so that those of a document are soon old.
    overrides: ReadOnly = None
    user_id: ReadOnly = None
    version: ReadOnly = None
    created_at: ReadOnly = None
    updated_at: ReadOnly = None


class SplitIn(Input):
    """Where to split a series, and what is different from there on."""

    at: RecurrenceId = Field(
        description="The `recurrence_id` of the first occurrence of the new series."
    )
    changes: EventPatch = Field(
        default_factory=EventPatch, description="A merge patch of the new series."
    )


class FromQuery(Query):
    """From which occurrence on to delete."""

    from_: RecurrenceId | None = Field(
        default=None,
        alias="from",
        description="Delete only this occurrence, by its `recurrence_id`, and those that follow.",
    )
