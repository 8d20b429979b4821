"""Services that are broken on purpose: the checker must find a violation with each of them.

Each function replaces one thing that the service does right by a common mistake.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from calendar_faults_hooks.wrapping import owner_of

_MOVE_ON: Final = "calendar_scheduler.reminders.statements:MOVE_ON"
_ARRIVED: Final = "calendar_storer.webhooks.statements:CLAIM_ARRIVED_NOTIFICATIONS"
_STORE: Final = "calendar_storer.notifications.statements:STORE_NOTIFICATIONS"


def _replace_in(name: str, old: str, new: str) -> None:
    owner, constant = owner_of(name)
    text: str = getattr(owner, constant)
    if old not in text:
        raise LookupError(f"{name} does not contain {old!r}")
    setattr(owner, constant, text.replace(old, new))


def skip_wait_for_standby() -> None:
    """The API acknowledges what it finds in the database, even if the standby does not have it."""
    statements, name = owner_of("calendar_api.events.statements:WAIT_FOR_STANDBYS")
    setattr(statements, name, "SELECT")


def plan_only_at_creation() -> None:
    """The API changes a series, and leaves the reminders that were planned before."""
    repository, name = owner_of("calendar_api.events.writing:plan_again")

    async def leave_plan(*_: Any) -> None:
        return

    setattr(repository, name, leave_plan)


def forget_what_was_sent() -> None:
    """The API plans reminders again that were sent before the series was changed."""
    repository, name = owner_of("calendar_api.events.replanning:sent_already")
    setattr(repository, name, lambda *_, **__: set[Any]())


def _change_refill(change: Callable[[list[Any]], list[Any]]) -> None:
    """Change what the planner appends to a list."""
    planner, name = owner_of("calendar_api.planning.planner:continued")
    continued = getattr(planner, name)

    async def changed(event: Any) -> Any:
        found = await continued(event)
        return replace(found, reminders=change(found.reminders))

    setattr(planner, name, changed)


def refill_with_a_repeat() -> None:
    """The planner appends a reminder to the list twice."""
    _change_refill(lambda reminders: reminders[:1] + reminders)


def refill_with_a_gap() -> None:
    """The planner leaves out the first reminder that follows the list."""
    _change_refill(lambda reminders: reminders[1:])


def remove_before_acknowledgement() -> None:
    """The Scheduler removes reminders as soon as it has passed them to its Kafka client."""
    producer, _ = owner_of("calendar_scheduler.kafka.producer:NotificationProducer.publish")
    result, _ = owner_of("calendar_scheduler.reminders.models:PublishResult.outage")
    publish = producer.publish
    background = set[asyncio.Task[Any]]()

    async def publish_later(self: Any, messages: Any, *, send_until: float) -> Any:
        background.add(asyncio.create_task(publish(self, messages, send_until=send_until)))
        return result([message.reminder for message in messages], [], None)

    producer.publish = publish_later


def remove_without_sending() -> None:
    """The Scheduler moves reminders on to the next ones of their series without sending them."""
    producer, _ = owner_of("calendar_scheduler.kafka.producer:NotificationProducer.publish")
    publish = producer.publish

    async def publish_last(self: Any, messages: Any, *, send_until: float) -> Any:
        last = [message for message in messages if not message.reminder.has_next]
        result = await publish(self, last, send_until=send_until)
        result.acknowledged.extend(each.reminder for each in messages if each.reminder.has_next)
        return result

    producer.publish = publish_last


def send_without_moving_on() -> None:
    """The Scheduler leaves a reminder of a series where it is, the first time it has sent it."""
    claim, _ = owner_of("calendar_scheduler.reminders.repository:Claim.remove")
    remove = claim.remove
    seen = set[Any]()

    async def remove_the_second_time(self: Any, published: Any) -> None:
        new = {each.notification_id for each in published if each.has_next} - seen
        seen.update(new)
        await remove(self, [each for each in published if each.notification_id not in new])

    claim.remove = remove_the_second_time


def skip_a_reminder() -> None:
    """The Scheduler moves a reminder on to the one after the next."""
    _replace_in(
        _MOVE_ON, "[upcoming_from]", "[least(upcoming_from + 1, cardinality(upcoming_due))]"
    )
    _replace_in(_MOVE_ON, "upcoming_from = upcoming_from + 1", "upcoming_from = upcoming_from + 2")


def use_process_clock() -> None:
    """The Scheduler's process, not the database, decides what is due."""
    statements, _ = owner_of("calendar_scheduler.reminders.statements:CLAIM")
    originals = {name: getattr(statements, name) for name in ("CLAIM", "NEXT_DUE")}

    def with_process_clock(name: str) -> str:
        if name not in originals:
            raise AttributeError(name)
        text: str = originals[name]
        return text.replace("statement_timestamp()", f"to_timestamp({time.time():.6f})")

    for name in originals:
        delattr(statements, name)
    statements.__getattr__ = with_process_clock


def commit_offsets_before_storing() -> None:
    """The Storer commits the offsets of records that it has only fetched."""
    consumer, _ = owner_of("calendar_storer.kafka.consumer:GroupConsumer.fetch")
    fetch = consumer.fetch

    async def fetch_and_commit(self: Any) -> Any:
        batch = await fetch(self)
        await self.commit(batch)
        return batch

    consumer.fetch = fetch_and_commit


def start_at_latest_offset() -> None:
    """The Storer's group starts with the next record, which is aiokafka's default."""
    module, name = owner_of("calendar_storer.kafka.consumer:AIOKafkaConsumer")
    consumer = getattr(module, name)

    def start_at_latest(**options: Any) -> Any:
        return consumer(**{**options, "auto_offset_reset": "latest"})

    setattr(module, name, start_at_latest)


def insert_without_on_conflict() -> None:
    """The Storer inserts as if no record were ever delivered twice."""
    _replace_in(_STORE, "ON CONFLICT (notification_id) DO NOTHING", "")


def skip_standby_for_duplicates() -> None:
    """The Storer commits offsets of rows that exist, even if the standby does not have them."""
    _replace_in(_STORE, "pg_logical_emit_message(true", "pg_logical_emit_message(false")


def record_before_sending() -> None:
    """The Storer deletes deliveries when it has claimed them, and then sends them."""
    deliverer, name = owner_of("calendar_storer.webhooks.deliverer:Deliverer._claim")
    claim = getattr(deliverer, name)

    async def claim_and_delete(self: Any) -> Any:
        claimed = await claim(self)
        await self._repository.delete(self._name, claimed)
        return claimed

    setattr(deliverer, name, claim_and_delete)


def skip_what_is_not_claimed() -> None:
    """The Storer moves an endpoint's position to the end, though it claims a few at a time."""
    _replace_in(
        _ARRIVED, "SELECT max(arrival) FROM arrived", "SELECT max(arrival) FROM notifications"
    )


def move_hub_to_end() -> None:
    """The Storer's hub goes on from the end, where more may have arrived since it has read."""
    repository, _ = owner_of("calendar_storer.streams.repository:StreamRepository.arrivals")
    arrivals = repository.arrivals

    async def read_and_move(self: Any, **options: Any) -> Any:
        page = await arrivals(self, **options)
        end = await self.end()
        return page._replace(last=max(page.last, end.arrival))

    repository.arrivals = read_and_move


def _by_name(*functions: Callable[[], None]) -> Mapping[str, Callable[[], None]]:
    return {function.__name__: function for function in functions}


BREAKAGES: Final = {
    "api": _by_name(
        skip_wait_for_standby,
        plan_only_at_creation,
        forget_what_was_sent,
        refill_with_a_repeat,
        refill_with_a_gap,
    ),
    "scheduler": _by_name(
        remove_before_acknowledgement,
        remove_without_sending,
        send_without_moving_on,
        skip_a_reminder,
        use_process_clock,
    ),
    "storer": _by_name(
        commit_offsets_before_storing,
        start_at_latest_offset,
        insert_without_on_conflict,
        skip_standby_for_duplicates,
        record_before_sending,
        skip_what_is_not_claimed,
        move_hub_to_end,
    ),
}
