"""What can go wrong, in the words of the field. None of these knows a driver, or HTTP."""

from typing import ClassVar


class StorerError(Exception):
    """Something went wrong in Calendar's Storer."""


class ConfigError(StorerError):
    """The settings cannot be used."""


class Aborted(StorerError):  # noqa: N818 - nothing is wrong
    """Trying again ended before it succeeded: the time was up, or the service is stopping."""


class Unavailable(StorerError):  # noqa: N818 - an outage is a state, not a fault of the caller
    """Something the Storer needs is away; what was tried may be tried again."""

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
        super().__init__(f"{reason}; run `calendar_storer migrate`")


class UnknownEndpoint(StorerError):  # noqa: N818 - a name that the operator mistyped
    """There is no webhook endpoint of that name."""


class RowRejected(StorerError):  # noqa: N818 - a state of one row
    """PostgreSQL refuses what is in a row, and would refuse it again."""


class NotificationNotFound(StorerError):  # noqa: N818
    """The user has no notification with this ID."""


class CursorInvalid(StorerError, ValueError):  # noqa: N818
    """The cursor was not given out by this service."""


class BrokerUnavailable(Unavailable):
    """Kafka is away, too slow, or refuses."""

    dependency = "broker"


class TopicMissing(Unavailable):
    """Kafka answers, but the topic is not there yet; the Scheduler makes it."""

    dependency = "topic"


class DeadLettersUnavailable(Unavailable):
    """What cannot be read cannot be written to the dead letter topic either."""

    dependency = "dead_letter_topic"


class CommitUnavailable(Unavailable):
    """Kafka did not take the offsets; what they tell is stored, and may come again."""

    dependency = "offset_commit"


class StreamRefused(StorerError):  # noqa: N818 - a state of this process
    """This process takes no more streams: it has too many, or is stopping."""
