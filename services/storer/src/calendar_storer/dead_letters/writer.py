"""Writes records that cannot be stored to the dead letter topic: unchanged, with the reason."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import structlog
from aiokafka.errors import (  # type: ignore[import-untyped]
    MessageSizeTooLargeError,
    RecordListTooLargeError,
)

from calendar_contracts import dead_letter_topic, headers
from calendar_storer.errors import BrokerUnavailable, DeadLettersUnavailable
from calendar_storer.kafka.broker import Broker
from calendar_storer.kafka.connection import translate_errors
from calendar_storer.kafka.producer import producer
from calendar_storer.notifications.records import DeadLetter
from calendar_storer.observability.metrics import Metrics

log = structlog.stdlib.get_logger(__name__)

WRITE_SECONDS: Final = 4.0
TOO_LARGE: Final = " (its value is too large for the dead letter topic and was left out)"


class DeadLetterWriter:
    """Writes to the dead letter topic; connects only when it has something to write."""

    def __init__(self, broker: Broker, metrics: Metrics) -> None:
        self._broker = broker
        self._topic = dead_letter_topic(broker.topic)
        self._metrics = metrics

    async def create_topic(self) -> None:
        """Creates the topic, unless it exists.

        Raises:
            DeadLettersUnavailable: Kafka does not answer, or refuses.
        """
        try:
            await self._broker.create_dead_letter_topic()
        except BrokerUnavailable as error:
            raise DeadLettersUnavailable(str(error)) from error

    async def write(self, letters: Sequence[DeadLetter]) -> None:
        """Returns when all are acknowledged by every replica that is in sync.

        Raises:
            DeadLettersUnavailable: not all are; writing them again may write some twice.
        """
        await self.create_topic()
        try:
            with translate_errors():
                async with asyncio.timeout(WRITE_SECONDS), producer(self._broker) as client:
                    await asyncio.gather(*(self._write(client, letter) for letter in letters))
        except BrokerUnavailable as error:
            raise DeadLettersUnavailable(str(error)) from error
        for letter in letters:
            self._metrics.dead_letters.labels(letter.reason).inc()
            log.warning(
                "dead_letter_written",
                reason=letter.reason,
                detail=letter.detail,
                topic=letter.record.topic,
                partition=letter.record.partition,
                offset=letter.record.offset,
            )

    async def _write(self, client: Any, letter: DeadLetter) -> None:
        key, value = letter.record.key, letter.record.value
        # aiokafka sends no record that has neither.
        placeholder = b"" if key is None else None
        try:
            await client.send_and_wait(
                self._topic,
                placeholder if value is None else value,
                key=key,
                headers=dead_letter_headers(letter, letter.detail),
            )
        except (MessageSizeTooLargeError, RecordListTooLargeError):
            # Its partition must not wait for ever. The headers say where the record itself is.
            detail = letter.detail + TOO_LARGE
            await client.send_and_wait(
                self._topic, placeholder, key=key, headers=dead_letter_headers(letter, detail)
            )


def dead_letter_headers(letter: DeadLetter, detail: str) -> list[tuple[str, bytes | None]]:
    """The record's own headers, then the reason and where the record is."""
    record = letter.record
    return [
        *record.headers,
        (headers.DEAD_LETTER_REASON, letter.reason.encode()),
        (headers.DEAD_LETTER_DETAIL, detail.encode()),
        (headers.DEAD_LETTER_TOPIC, record.topic.encode()),
        (headers.DEAD_LETTER_PARTITION, str(record.partition).encode()),
        (headers.DEAD_LETTER_OFFSET, str(record.offset).encode()),
        (headers.DEAD_LETTER_TIMESTAMP, str(record.timestamp).encode()),
    ]
