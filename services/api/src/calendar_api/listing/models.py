"""Lists, the places of their items, and pages."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from calendar_api.listing.windows import Window


@dataclass(frozen=True, slots=True)
class ListKey:
    """Names a list of one user. A cursor is valid for one list."""

    user_id: str
    window: Window
    expand: bool = True
    """Of occurrences; otherwise each series is listed once."""
    event_id: UUID | None = None
    """The series, where the list has the occurrences of one."""


class Position(NamedTuple):
    """The place of an item. Positions are in the order of lists."""

    starts_at: datetime
    event_id: UUID
    recurrence_id: str = ""
    """Of an occurrence. Its text, which is ordered as the times are."""


class Item(NamedTuple):
    """An item of a list, before its JSON is made."""

    position: Position
    size: int
    """About the bytes of its JSON."""
    to_json: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: its items as JSON, without the brackets; its end, if more follow."""

    items: bytes
    last: Position | None
