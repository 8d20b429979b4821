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


class TablesMissing(DatabaseUnavailable):
    """PostgreSQL answers, but the API's tables are not there, or older than this version."""

    dependency = "tables"


class CommitInDoubt(DatabaseUnavailable):
    """The connection was lost before the COMMIT was answered: what was done may be undone."""


class BrokerUnavailable(Unavailable):
    """Kafka is away, too slow, or refuses whatever is sent to the topic."""

    dependency = "broker"
