"""Services that are broken on purpose: a suite that stays green with one of these is worth nothing.

Each function replaces one thing that the service does right by what others do wrong.
"""

import asyncio
import time
from typing import Any, Final

from calendar_faults_hooks.wrapping import owner_of


def remove_before_acknowledgement() -> None:
    """The Scheduler takes what it has handed to its Kafka client for sent."""
    producer, _ = owner_of("calendar_scheduler.kafka.producer:NotificationProducer.publish")
    result, _ = owner_of("calendar_scheduler.reminders.models:PublishResult.outage")
    publish = producer.publish
    background = set[asyncio.Task[Any]]()

    async def hand_over(self: Any, messages: Any, *, send_until: float) -> Any:
        background.add(asyncio.create_task(publish(self, messages, send_until=send_until)))
        return result([message.reminder for message in messages], [], None)

    producer.publish = hand_over


def acknowledge_before_storing() -> None:
    """The Storer commits the offsets of what it has only taken."""
    consumer, _ = owner_of("calendar_storer.kafka.consumer:GroupConsumer.fetch")
    fetch = consumer.fetch

    async def fetch_and_acknowledge(self: Any) -> Any:
        batch = await fetch(self)
        await self.commit(batch)
        return batch

    consumer.fetch = fetch_and_acknowledge


def begin_at_the_latest() -> None:
    """The Storer's group begins with what comes next, as aiokafka does unless told otherwise."""
    module, _ = owner_of("calendar_storer.kafka.consumer:AIOKafkaConsumer")
    consumer = module.AIOKafkaConsumer
    module.AIOKafkaConsumer = lambda **options: consumer(
        **{**options, "auto_offset_reset": "latest"}
    )


def insert_without_on_conflict() -> None:
    """The Storer inserts as if nothing ever came twice."""
    statements, _ = owner_of("calendar_storer.notifications.statements:STORE_NOTIFICATIONS")
    statements.STORE_NOTIFICATIONS = statements.STORE_NOTIFICATIONS.replace(
        "ON CONFLICT (notification_id) DO NOTHING", ""
    )


def ask_the_own_clock() -> None:
    """The Scheduler's process, not the database, says what is due."""
    statements, _ = owner_of("calendar_scheduler.reminders.statements:CLAIM")
    originals = {name: getattr(statements, name) for name in ("CLAIM", "NEXT_DUE")}

    def by_own_clock(name: str) -> str:
        if name not in originals:
            raise AttributeError(name)
        text: str = originals[name]
        return text.replace("statement_timestamp()", f"to_timestamp({time.time():.6f})")

    for name in originals:
        delattr(statements, name)
    statements.__getattr__ = by_own_clock


def acknowledge_what_is_found() -> None:
    """The API takes what it finds in the database for durable, whether a standby has it or not."""
    queries, _ = owner_of("calendar_api.events.statements:WAIT_FOR_STANDBYS")
    queries.WAIT_FOR_STANDBYS = "SELECT"


def take_what_is_there_for_stored() -> None:
    """The Storer takes rows that are there for durable, whether a standby has them or not."""
    statements, _ = owner_of("calendar_storer.notifications.statements:STORE_NOTIFICATIONS")
    statements.STORE_NOTIFICATIONS = statements.STORE_NOTIFICATIONS.replace(
        "pg_logical_emit_message(true", "pg_logical_emit_message(false"
    )


BREAKAGES: Final = {
    each.__name__: each
    for each in (
        remove_before_acknowledgement,
        acknowledge_before_storing,
        begin_at_the_latest,
        insert_without_on_conflict,
        ask_the_own_clock,
        acknowledge_what_is_found,
        take_what_is_there_for_stored,
    )
}
