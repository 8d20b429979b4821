"""What can go wrong, in the words of the field. None of these knows a driver."""

from typing import ClassVar


class StorerError(Exception):
    """Something went wrong in Calendar's Storer."""


class ConfigError(StorerError):
    """The settings cannot be used."""


class RowRefused(StorerError):  # noqa: N818 - a state of one notification
    """PostgreSQL refuses what is in a row, and would refuse it again."""


class Interrupted(StorerError):  # noqa: N818 - nothing is wrong
    """Trying again ended before it succeeded: the time was up, or the service is stopping."""


class Unavailable(StorerError):  # noqa: N818 - an outage is a state, not a fault of the caller
    """Something the Storer needs is away; what was tried may be tried again."""

    dependency: ClassVar[str]


class DatabaseUnavailable(Unavailable):
    """PostgreSQL is away, too slow, or refuses."""

    dependency = "database"


class TableMissing(DatabaseUnavailable):
    """PostgreSQL answers, but the table is not there: run `calendar_storer migrate`."""

    dependency = "table"


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
