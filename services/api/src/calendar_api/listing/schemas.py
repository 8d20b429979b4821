"""The documents of a list: what a client may ask for, and the page that it gets."""

from datetime import timedelta
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from calendar_api.events.schemas import EventOut
from calendar_api.listing.windows import MAX_RANGE
from calendar_api.values.types import MAX_PAGE, CivilDate, Instant, Limit, Zone
from calendar_api.web.parameters import Query


class EventPage(BaseModel):
    """Events that overlap `[from, to)`, ordered by start, then ID."""

    model_config = ConfigDict(extra="forbid")

    from_: Instant = Field(alias="from", description="Where the window that was used begins.")
    to: Instant = Field(description="Where it ends; not part of it.")
    items: list[EventOut] = Field(max_length=MAX_PAGE)
    next_cursor: str | None = Field(
        description="Send it as `cursor` for the next page; `null` on the last one."
    )


class ListQuery(Query):
    """What every list takes."""

    limit: Limit = Field(default=MAX_PAGE, description="Events a page.")
    cursor: str | None = Field(
        default=None, max_length=128, description="`next_cursor` of the page before."
    )


class ZonedQuery(ListQuery):
    """What a list by date takes."""

    tz: Zone = Field(
        default="UTC",
        validate_default=True,
        description="In which IANA time zone a date starts.",
        examples=["Europe/Moscow"],
    )


class DayQuery(ZonedQuery):
    """The hours of one date."""

    date: CivilDate = Field(description="The date.", examples=["2026-11-23"])


class StartQuery(ZonedQuery):
    """A week or a month from a date."""

    start: CivilDate = Field(description="The first date.", examples=["2026-11-23"])


class RangeQuery(ListQuery):
    """Any range of instants, of at most 366 days."""

    from_: Instant = Field(
        alias="from", description="First instant.", examples=["2026-11-23T00:00:00Z"]
    )
    to: Instant = Field(
        description="Last instant, not part of the range.", examples=["2026-11-24T00:00:00Z"]
    )

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if not timedelta() < self.to - self.from_ <= MAX_RANGE:
            raise PydanticCustomError("range", "from must be before to, by at most 366 days")
        return self
