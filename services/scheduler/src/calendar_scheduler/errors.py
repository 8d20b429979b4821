"""What can go wrong, in the words of the field. None of these knows a driver."""

from typing import ClassVar


class SchedulerError(Exception):
    """Something went wrong in Calendar's Scheduler."""


class ConfigError(SchedulerError):
    """The settings cannot be used."""


class Unpublishable(SchedulerError):  # noqa: N818 - a state of one reminder
    """This reminder can never be published as it is; the others can."""


class Unavailable(SchedulerError):  # noqa: N818 - an outage is a state, not a fault of the caller
    """Something the Scheduler needs is away; what was tried may be tried again."""

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


class RowRejected(SchedulerError):  # noqa: N818 - a state of one row
    """PostgreSQL refuses what is in a row, and would refuse it again."""


class BrokerUnavailable(Unavailable):
    """Kafka is away, too slow, or refuses whatever is sent to the topic."""

    dependency = "broker"
