"""The parameters and responses of the inbox, and their descriptions in the OpenAPI document."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field, WithJsonSchema

from calendar_storer.web.user import Query
from calendar_storer.web.values import MAX_PAGE, Flag, Limit, Uuid

Instant = Annotated[datetime, WithJsonSchema({"type": "string", "format": "date-time"})]


class NotificationOut(BaseModel):
    """A reminder of an event that has become due. Later versions may add members."""

    id: Uuid = Field(description="The same for each delivery of this notification.")
    event_id: Uuid
    title: str = Field(description="The title of the event when the notification was sent.")
    event_date: Instant = Field(description="The start of the event or occurrence.")
    notify_at: Instant = Field(description="When it was due.")
    stored_at: Instant = Field(description="When it arrived.")
    acknowledged_at: Instant | None = Field(description="`null` until it is acknowledged.")
    recurrence_id: str | None = Field(
        default=None,
        description="Which occurrence of a series: its scheduled wall time, or its date if it lasts"
        " all day. Absent for a single event.",
        json_schema_extra={"type": "string"},
    )


class NotificationPage(BaseModel):
    """Notifications in the order of arrival."""

    items: list[NotificationOut] = Field(max_length=MAX_PAGE)
    next_cursor: str = Field(
        description="Send it as `after`: at once, if there are `limit` items, or later, for what"
        " has arrived since."
    )


class ListQuery(Query):
    """The parameters of the list."""

    after: str | None = Field(
        default=None,
        max_length=64,
        description="A `next_cursor`: what arrived after it, and nothing before. Without it: from"
        " the first notification on.",
    )
    unacknowledged: Flag = Field(
        default=False, description="`true`: only notifications that are not acknowledged."
    )
    limit: Limit = Field(default=MAX_PAGE, description="Items on a page, at most.")
