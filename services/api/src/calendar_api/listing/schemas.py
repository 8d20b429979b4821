"""The parameters of the lists, and the page that they return."""

from datetime import timedelta
from typing import Self

from pydantic import BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from calendar_api.events.schemas import EventOut
from calendar_api.listing.windows import MAX_RANGE
from calendar_api.values.types import CivilDate, Instant, Zone
from calendar_api.web.user import Query
from calendar_api.web.values import MAX_PAGE, Flag, Limit


class EventPage(BaseModel):
    """Events and occurrences that overlap `[from, to)`, ordered by start, ID and `recurrence_id`.

    It ends after `limit` items, or earlier if they are long (4 MiB in all).
    """

    from_: Instant = Field(alias="from", description="Start of the window that was used.")
    to: Instant = Field(description="Its end; not part of it.")
    items: list[EventOut] = Field(max_length=MAX_PAGE)
    next_cursor: str | None = Field(
        description="Send it as `cursor` for the next page; `null` on the last one."
    )


class PageQuery(Query):
    """The parameters of every list."""

    limit: Limit = Field(
        default=MAX_PAGE,
        description="Items on a page, at most; long descriptions make a page shorter.",
    )
    cursor: str | None = Field(
        default=None,
        max_length=128,
        description="`next_cursor` of the previous page, with the same other parameters.",
    )


class ListQuery(PageQuery):
    """The parameters of every list of events."""

    expand: Flag = Field(
        default=True,
        description="`false`: each series once, by its own start, if any of its occurrences "
        "overlaps the window.",
    )


class ZonedQuery(ListQuery):
    """The parameters of a list by date."""

    tz: Zone = Field(
        default="UTC",
        validate_default=True,
        description="The IANA time zone of the date, in any case.",
    )


class DayQuery(ZonedQuery):
    """The hours of one date."""

    date: CivilDate = Field(description="The date.")


class StartQuery(ZonedQuery):
    """A week or a month from a date."""

    start: CivilDate = Field(description="The first date.")


class OccurrencesQuery(PageQuery):
    """Any range of instants, of at most 366 days."""

    from_: Instant = Field(alias="from", description="First instant.")
    to: Instant = Field(description="Last instant, not part of the range.")

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if not timedelta() < self.to - self.from_ <= MAX_RANGE:
            raise PydanticCustomError("range", "from must be before to, by at most 366 days")
        return self


class RangeQuery(OccurrencesQuery, ListQuery):
    """The same, of all events."""
