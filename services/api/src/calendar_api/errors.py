"""What can go wrong, in the words of the field. None of these knows HTTP."""

from collections.abc import Sequence
from typing import ClassVar
from uuid import UUID


class CalendarError(Exception):
    """Something went wrong in Calendar's API."""


class ConfigError(CalendarError):
    """The settings cannot be used."""


class Unavailable(CalendarError):  # noqa: N818 - an outage is a state, not a fault of the caller
    """Something the API needs is away; what was tried may be tried again."""

    dependency: ClassVar[str]


class DatabaseUnavailable(Unavailable):
    """PostgreSQL is away, too slow, or refuses."""

    dependency = "database"


class ConnectionLost(DatabaseUnavailable):
    """The connection broke under a statement or a COMMIT, which may have been carried out."""


class DatabaseReadOnly(DatabaseUnavailable):
    """PostgreSQL answers, but accepts no writes: a standby, or a server set to read only."""


class TablesMissing(DatabaseUnavailable):
    """PostgreSQL answers, but the tables are not there, or older than this version."""

    dependency = "tables"

    def __init__(self, reason: str) -> None:
        super().__init__(f"{reason}; run `calendar migrate`")


class RowRejected(CalendarError):  # noqa: N818 - a state of one row
    """PostgreSQL refuses what is in a row, and would refuse it again."""


class EventNotFound(CalendarError):  # noqa: N818
    """The user has no event with this ID."""


class EventNotRecurring(CalendarError):  # noqa: N818
    """The event is a single one: it has no occurrences."""


class OccurrenceNotFound(CalendarError):  # noqa: N818
    """The event has no such occurrence: it is excluded, or the event does not recur."""


class LastOccurrence(CalendarError):  # noqa: N818
    """The only occurrence that is left cannot be excluded: the event would be without any."""


class VersionMismatch(CalendarError):  # noqa: N818
    """The event's revision is not one that the caller expects; `reason` says why not."""

    def __init__(self, revision: str, reason: str) -> None:
        super().__init__(revision, reason)
        self.revision = revision
        self.reason = reason


class EventConflict(CalendarError):  # noqa: N818
    """Events with these IDs exist with other content."""

    def __init__(self, ids: Sequence[UUID]) -> None:
        super().__init__(ids)
        self.ids = ids


class OutOfRange(CalendarError, ValueError):  # noqa: N818
    """An instant lies before year 1 or after year 9999, where UTC and PostgreSQL cannot follow."""


class CursorInvalid(CalendarError, ValueError):  # noqa: N818
    """The cursor was not given out for this list of this user."""


class MemberInvalid(CalendarError):  # noqa: N818
    """A member of an event contradicts another one, or a rule that needs several to be judged."""

    def __init__(self, loc: Sequence[str | int], code: str, sentence: str) -> None:
        super().__init__(loc, code, sentence)
        self.loc = tuple(loc)
        self.code = code
        self.sentence = sentence
