"""What can go wrong, in the words of the field. None of these knows HTTP."""

from collections.abc import Sequence
from uuid import UUID


class CalendarError(Exception):
    """Something went wrong in Calendar's API."""


class ConfigError(CalendarError):
    """The settings cannot be used."""


class DatabaseUnavailable(CalendarError):  # noqa: N818 - an outage is a state, not a fault of the caller
    """PostgreSQL is away, too slow, or refuses; what was asked may be asked again."""


class ConnectionLost(DatabaseUnavailable):
    """The connection broke under a statement, which may have been carried out or not."""


class EventNotFound(CalendarError):  # noqa: N818
    """The user has no event with this ID."""


class VersionMismatch(CalendarError):  # noqa: N818
    """The event is not at a version that the caller expects."""

    def __init__(self, version: int) -> None:
        super().__init__(version)
        self.version = version


class EventConflict(CalendarError):  # noqa: N818
    """Events with these IDs exist with other content."""

    def __init__(self, ids: Sequence[UUID]) -> None:
        super().__init__(ids)
        self.ids = ids


class OutOfRange(CalendarError, ValueError):  # noqa: N818
    """An instant lies before year 1 or after year 9999, where UTC and PostgreSQL cannot follow."""


class CursorInvalid(CalendarError, ValueError):  # noqa: N818
    """The cursor was not given out for this list of this user."""
