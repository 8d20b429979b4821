"""Stores the notifications that records carry. Knows neither SQL nor how Kafka is reached."""

from collections.abc import Sequence

from calendar_storer.errors import RowRejected
from calendar_storer.metrics import Metrics
from calendar_storer.records import DeadLetter, Message, Reason
from calendar_storer.repository import Repository


class Service:
    """Stores each notification once, however often it comes."""

    def __init__(self, repository: Repository, metrics: Metrics) -> None:
        self._repository = repository
        self._metrics = metrics

    async def store(self, contents: Sequence[Message | DeadLetter]) -> list[DeadLetter]:
        """Stores what can be stored; gives back what never can.

        Raises:
            DatabaseUnavailable: not all is stored; all of it may be tried again.
        """
        messages = [each for each in contents if isinstance(each, Message)]
        unreadable = [each for each in contents if isinstance(each, DeadLetter)]
        return unreadable + await self._store(messages)

    async def _store(self, messages: Sequence[Message]) -> list[DeadLetter]:
        """Halves what PostgreSQL refuses until the row that it refuses stands alone."""
        if not messages:
            return []
        try:
            with self._metrics.insert.time():
                late = await self._repository.store([message.row for message in messages])
        except RowRejected as error:
            if len(messages) == 1:
                return [DeadLetter(messages[0].record, Reason.REFUSED, str(error))]
            middle = len(messages) // 2
            return await self._store(messages[:middle]) + await self._store(messages[middle:])
        self._metrics.stored.inc(len(late))
        self._metrics.duplicates.inc(len(messages) - len(late))
        self._metrics.end_to_end.observe(late)
        return []
